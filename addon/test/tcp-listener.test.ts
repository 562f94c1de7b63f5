import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, readlinkSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { needs } from './support/capability.ts';
import { succeed } from './support/scenario.ts';
import {
  acceptAll,
  knock,
  LOOPBACK_4,
  LOOPBACK_6,
  makeListener,
  makePaused,
  visit,
  visitAndReset,
} from './support/tcp.ts';
import { waitUntil } from './support/wait.ts';

const read = (fd: number) => readSync(fd, Buffer.alloc(1));

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

describe('a visitor', () => {
  const skip6 = needs('ipv6');
  for (const { at, way, skip } of [
    { at: '0.0.0.0', way: LOOPBACK_4, skip: false },
    { at: '127.0.0.5', way: LOOPBACK_4, skip: false },
    { at: '::', way: LOOPBACK_4, skip: skip6 },
    { at: '::', way: LOOPBACK_6, skip: skip6 },
    { at: '::1', way: LOOPBACK_6, skip: skip6 },
  ]) {
    test(`to ${way.host} is known by his address at ${at}`, { skip }, async () => {
      using listener = makePaused(undefined, at);
      const client = await visit(listener, way);
      const [visitor, ...others] = acceptAll(listener);
      assert(visitor && others.length === 0);
      const { fd, ...known } = visitor;
      assert.deepEqual(known, {
        address: client.localAddress,
        port: client.localPort,
        localAddress: client.remoteAddress,
      });
      assert.deepEqual([known.address, known.localAddress], [way.localAddress, way.host]);
      closeSync(fd);
      client.destroy();
    });

    test(`to ${way.host} at ${at} who reset before he was accepted is known: 300 of 300`, {
      skip,
    }, async () => {
      using listener = makePaused(undefined, at);
      for (let count = 0; count < 300; count++) await visitAndReset(listener, way);
      const visitors = acceptAll(listener);
      assert.equal(visitors.length, 300);
      for (const { fd, address, localAddress } of visitors) {
        assert.deepEqual([address, localAddress], [way.localAddress, way.host]);
        assert.throws(() => read(fd), { code: 'ECONNRESET' }, 'he had gone');
        closeSync(fd);
      }
    });
  }

  test('can be talked to through a socket of Node.js', async () => {
    using listener = makePaused();
    const client = await visit(listener);
    client.end('question');
    const socket = new Socket({ fd: listener.accept()!.fd, readable: true, writable: true });
    socket.end('answer');
    const heard = (await client.setEncoding('utf8').toArray()).join('');
    const asked = (await socket.setEncoding('utf8').toArray()).join('');
    assert.deepEqual([asked, heard], ['question', 'answer']);
  });

  test('is not waited for, and not inherited by child processes', async () => {
    using listener = makePaused();
    const client = await visit(listener);
    const { fd } = listener.accept()!;
    assert.throws(() => read(fd), { code: 'EAGAIN' });
    const { stdout } = spawnSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' });
    assert.match(stdout, /-> /, 'the descriptors of the child were listed');
    assert(!stdout.includes(readlinkSync(`/proc/self/fd/${fd}`)));
    closeSync(fd);
    client.destroy();
  });

  test('for whom there is no descriptor waits on', () => {
    succeed('tcp-listener', 'outOfDescriptors', { maxDescriptors: 64 });
  });
});

describe('onReadable', () => {
  test('comes in each turn of the loop until nobody waits', async () => {
    let calls = 0;
    using listener = makeListener(() => calls++);
    knock(listener);
    await waitUntil(() => calls >= 5);
    for (const { fd } of acceptAll(listener)) closeSync(fd);
    calls = 0;
    await turns(5);
    assert.equal(calls, 0);
  });

  test('does not come between pause() and resume(), which may be called twice', async () => {
    let calls = 0;
    using listener = makePaused(() => calls++);
    listener.pause();
    await visitAndReset(listener);
    await turns(5);
    assert.equal(calls, 0);
    listener.resume();
    listener.resume();
    await waitUntil(() => calls > 0);
  });

  test('may pause', async () => {
    let calls = 0;
    using listener = makeListener(() => {
      calls++;
      listener.pause();
    });
    knock(listener);
    await waitUntil(() => calls > 0);
    await turns(5);
    assert.equal(calls, 1);
  });

  test('is an event of its own: microtasks run before the next one', async () => {
    const heard: string[] = [];
    using listener = makeListener(() => {
      heard.push('call');
      queueMicrotask(() => heard.push('microtask'));
    });
    knock(listener);
    await waitUntil(() => heard.length >= 4);
    assert.deepEqual(heard.slice(0, 4), ['call', 'microtask', 'call', 'microtask']);
  });
});
