import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { UnixDatagram } from 'bpf-loader-native';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from './support/expect.ts';
import { succeed } from './support/scenario.ts';
import { makeTemporaryDirectory } from './support/temporary-directory.ts';

/** More than any system lets wait at one socket (net.unix.max_dgram_qlen is 10 or 512). */
const MORE_THAN_WAIT = 1_000_000;
/** More than any send buffer holds. */
const MORE_THAN_FITS = 256 * 1024 * 1024;

/** A path that nothing is at. */
function makePlace() {
  const directory = makeTemporaryDirectory();
  return { path: join(directory.path, 'socket'), [Symbol.dispose]: () => directory[Symbol.dispose]() };
}

/** A receiver, and a socket that sends to it. */
function makePair() {
  const place = makePlace();
  const receiver = UnixDatagram.bind(place.path);
  const sender = UnixDatagram.open(place.path);
  return {
    path: place.path,
    receiver,
    sender,
    [Symbol.dispose]: () => {
      sender.close();
      receiver.close();
      place[Symbol.dispose]();
    },
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** Sends one-byte datagrams until the kernel takes no more; returns how many it took. */
function fill(sender: UnixDatagram): number {
  let taken = 0;
  const sendOn = () => {
    for (; taken < MORE_THAN_WAIT; taken++) sender.send(Uint8Array.of(taken));
  };
  throwsBpfError(sendOn, 'EAGAIN', 'send');
  return taken;
}

describe('datagrams', () => {
  test('come as they were sent: each by itself, in order, whatever bytes', () => {
    using pair = makePair();
    const sent = [bytes('first'), new Uint8Array(), Uint8Array.of(0, 10, 255), bytes('last')];
    for (const data of sent) pair.sender.send(data);
    assert.deepEqual(
      sent.map(() => pair.receiver.receive()),
      sent,
    );
    assert.equal(pair.receiver.receive(), undefined, 'and nothing else');
  });

  test('of any size come whole', () => {
    using pair = makePair();
    const large = Uint8Array.from({ length: 100_000 }, (_, index) => index * 7);
    pair.sender.send(large);
    assert.deepEqual(pair.receiver.receive(), large);
  });

  test('are the part of memory that a view shows', () => {
    using pair = makePair();
    pair.sender.send(bytes('<secret>text<secret>').subarray(8, 12));
    pair.sender.send(Buffer.from('a Buffer'));
    assert.deepEqual(pair.receiver.receive(), bytes('text'));
    assert.deepEqual(pair.receiver.receive(), bytes('a Buffer'));
  });

  test('are refused with EMSGSIZE when they do not fit into the send buffer', () => {
    using pair = makePair();
    throwsBpfError(() => pair.sender.send(new Uint8Array(MORE_THAN_FITS)), 'EMSGSIZE', 'send');
    pair.sender.send(bytes('the socket still works'));
    assert.deepEqual(pair.receiver.receive(), bytes('the socket still works'));
  });

  test('a full receiver is EAGAIN, not a wait; what was sent before is there', () => {
    using pair = makePair();
    const taken = fill(pair.sender);
    assert(taken > 0);
    for (let index = 0; index < taken; index++) {
      assert.deepEqual(pair.receiver.receive(), Uint8Array.of(index));
    }
    assert.equal(pair.receiver.receive(), undefined);
    pair.sender.send(bytes('room again'));
    assert.deepEqual(pair.receiver.receive(), bytes('room again'));
  });
});

describe('a receiver that goes', () => {
  test('is ECONNREFUSED once, then ENOTCONN, also when another has come', () => {
    using pair = makePair();
    pair.receiver.close();
    rmSync(pair.path);
    const next = UnixDatagram.bind(pair.path);
    throwsBpfError(() => pair.sender.send(bytes('x')), 'ECONNREFUSED', 'send');
    const error = throwsBpfError(() => pair.sender.send(bytes('x')), 'ENOTCONN', 'send');
    assert.deepEqual([error.errno, error.log], [-107, '']);
    assert.equal(next.receive(), undefined);
    next.close();
  });

  test('leaves a file that nobody can be reached by', () => {
    using pair = makePair();
    pair.receiver.close();
    assert(existsSync(pair.path));
    throwsBpfError(() => UnixDatagram.open(pair.path), 'ECONNREFUSED', 'connect');
    throwsBpfError(() => UnixDatagram.bind(pair.path), 'EADDRINUSE', 'bind');
  });
});

describe('a path', () => {
  test('with nothing there is ENOENT', () => {
    using place = makePlace();
    const error = throwsBpfError(() => UnixDatagram.open(place.path), 'ENOENT', 'connect');
    assert.equal(error.message, `ENOENT: No such file or directory, connect '${place.path}'`);
    throwsBpfError(() => UnixDatagram.bind(join(place.path, 'below')), 'ENOENT', 'bind');
  });

  test('with something else there is refused', async () => {
    using place = makePlace();
    writeFileSync(place.path, '');
    throwsBpfError(() => UnixDatagram.open(place.path), 'ECONNREFUSED', 'connect');
    rmSync(place.path);
    const stream = createServer().listen(place.path);
    await once(stream, 'listening');
    throwsBpfError(() => UnixDatagram.open(place.path), 'EPROTOTYPE', 'connect');
    stream.close();
  });

  test('that begins with @ is an abstract name, of which there is no file', () => {
    for (const name of ['@xdpsentry-test', `@${'x'.repeat(106)}`].map(
      (text) => `${text.slice(0, 90)}${process.pid}`,
    )) {
      const receiver = UnixDatagram.bind(name);
      const sender = UnixDatagram.open(name);
      sender.send(bytes('no file'));
      assert.deepEqual(receiver.receive(), bytes('no file'));
      assert(!existsSync(name));
      assert(readFileSync('/proc/net/unix', 'utf8').includes(` ${name}\n`));
      sender.close();
      receiver.close();
      throwsBpfError(() => UnixDatagram.open(name), 'ECONNREFUSED', 'connect');
    }
  });

  test('has 1 to 107 bytes', () => {
    using place = makePlace();
    const pathOf = (length: number) => place.path.padEnd(length, 'x');
    UnixDatagram.bind(pathOf(107)).close();
    assert(statSync(pathOf(107)).isSocket());
    for (const call of [UnixDatagram.open, UnixDatagram.bind]) {
      throwsRange(() => call(pathOf(108)), 'path: expected 1 to 107 bytes, got 108');
      throwsRange(() => call('ä'.repeat(54)), 'path: expected 1 to 107 bytes, got 108');
      throwsRange(() => call(''), 'path: expected 1 to 107 bytes, got 0');
      throwsType(() => call('a\0b'), 'path must not contain NUL characters');
      throwsType(() => call(7 as unknown as string), 'path must be a string');
    }
  });
});

describe('a socket', () => {
  test('does one thing: the one from bind() sends nowhere, the one from open() has nothing to receive', () => {
    using pair = makePair();
    throwsBpfError(() => pair.receiver.send(bytes('x')), 'ENOTCONN', 'send');
    assert.equal(pair.sender.receive(), undefined);
  });

  test('may be closed twice, and is of no use afterwards', () => {
    using pair = makePair();
    pair.sender.close();
    pair.sender.close();
    throwsClosed(() => pair.sender.send(bytes('x')), 'UnixDatagram.send');
    throwsClosed(() => pair.sender.receive(), 'UnixDatagram.receive');
  });

  test('takes nothing but bytes', () => {
    using pair = makePair();
    for (const data of [undefined, 'text', [1], new Uint16Array(1), new ArrayBuffer(1)]) {
      throwsType(() => pair.sender.send(data as unknown as Uint8Array), 'data must be a Uint8Array');
    }
    assert.equal(pair.receiver.receive(), undefined);
  });

  test('is made by open() and bind() only', () => {
    const Constructor = UnixDatagram as unknown as new () => unknown;
    throwsType(() => new Constructor(), 'UnixDatagram has no public constructor');
    assert.throws(
      () => UnixDatagram.prototype.receive.call(Object.create(UnixDatagram.prototype)),
      TypeError,
    );
  });

  test('is not inherited by child processes', () => {
    using pair = makePair();
    const line = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .find((entry) => entry.endsWith(` ${pair.path}`));
    const inode = line?.trim().split(/\s+/).at(-2);
    assert.match(inode ?? '', /^\d+$/);
    const { stdout } = spawnSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' });
    assert.match(stdout, /-> /, 'the descriptors of the child were listed');
    assert(!stdout.includes(`socket:[${inode}]`));
  });

  test('that is dropped is closed when it is collected', () => {
    succeed('unix-datagram', 'closesWhatWasDropped');
  });
});
