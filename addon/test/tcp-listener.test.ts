import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, readlinkSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TcpListener } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { succeed } from './support/scenario.ts';
import {
  acceptAll,
  LOOPBACK_4,
  LOOPBACK_6,
  listenPaused,
  visit,
  visitAndReset,
  type Way,
} from './support/tcp.ts';
import { waitUntil } from './support/wait.ts';

const read = (fd: number) => readSync(fd, Buffer.alloc(1));

describe('a visitor', () => {
  const ways: readonly { readonly at: string; readonly way: Way; readonly skip?: false | string }[] = [
    { at: '::', way: LOOPBACK_4, skip: needs('ipv6') },
    { at: '::', way: LOOPBACK_6, skip: needs('ipv6') },
    { at: '::1', way: LOOPBACK_6, skip: needs('ipv6') },
    { at: '0.0.0.0', way: LOOPBACK_4 },
    { at: '127.0.0.5', way: LOOPBACK_4 },
  ];
  for (const { at, way, skip = false } of ways) {
    test(`to ${way.host} is known by his address at ${at}`, { skip }, async () => {
      const listener = TcpListener.listen({ host: at, port: 0 }, () => {});
      const client = await visit(listener, way);
      const visitor = listener.accept();
      assert(visitor);
      const { fd, ...known } = visitor;
      const { localAddress: address, localPort: port } = client;
      assert.deepEqual(known, { address, port, localAddress: way.host });
      assert.equal(listener.accept(), undefined, 'and nobody else');
      closeSync(fd);
      listener.close();
      client.destroy();
    });
  }

  for (const way of [LOOPBACK_4, LOOPBACK_6]) {
    const skip = way === LOOPBACK_6 && needs('ipv6');
    test(`is also known when he was reset before he was accepted: 300 of 300 to ${way.host}`, {
      skip,
    }, async () => {
      const listener = listenPaused();
      for (let count = 0; count < 300; count++) await visitAndReset(listener, way);
      const visitors = acceptAll(listener);
      assert.equal(visitors.length, 300);
      for (const { fd, address, localAddress } of visitors) {
        assert.deepEqual([address, localAddress], [way.localAddress, way.host]);
        assert.throws(() => read(fd), { code: 'ECONNRESET' }, 'he had gone');
        closeSync(fd);
      }
      listener.close();
    });
  }

  test('can be talked to through a socket of Node.js', async () => {
    const listener = listenPaused();
    const client = await visit(listener);
    client.end('question');
    const socket = new Socket({ fd: listener.accept()?.fd, readable: true, writable: true });
    socket.end('answer');
    const heard = (await client.setEncoding('utf8').toArray()).join('');
    const asked = (await socket.setEncoding('utf8').toArray()).join('');
    assert.deepEqual([asked, heard], ['question', 'answer']);
    listener.close();
  });

  test('nobody waits for, and child processes do not inherit', async () => {
    const listener = listenPaused();
    const client = await visit(listener);
    const fd = listener.accept()?.fd as number;
    assert.throws(() => read(fd), { code: 'EAGAIN' });
    const { stdout } = spawnSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' });
    assert.match(stdout, /-> /, 'the descriptors of the child were listed');
    assert(!stdout.includes(readlinkSync(`/proc/self/fd/${fd}`)));
    closeSync(fd);
    client.destroy();
    listener.close();
  });

  test('for whom there is no descriptor waits on', () => {
    succeed('tcp-listener', 'outOfDescriptors', { maxDescriptors: 64 });
  });
});

describe('onReadable', () => {
  test('comes in each turn of the loop until nobody waits', async () => {
    let calls = 0;
    const listener = TcpListener.listen({ host: '127.0.0.5', port: 0 }, () => calls++);
    const client = knock(listener);
    await waitUntil(() => calls >= 5);
    const [visitor, ...others] = acceptAll(listener);
    assert(visitor && others.length === 0);
    const before = calls;
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    assert.equal(calls, before);
    closeSync(visitor.fd);
    client.destroy();
    listener.close();
  });

  test('does not come between pause() and resume(), each of which may be called twice', async () => {
    let calls = 0;
    const listener = listenPaused(() => calls++);
    listener.pause();
    await visitAndReset(listener);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    assert.equal(calls, 0);
    listener.resume();
    listener.resume();
    await waitUntil(() => calls > 0);
    listener.close();
  });

  test('may pause', async () => {
    let calls = 0;
    const listener = TcpListener.listen({ host: '127.0.0.5', port: 0 }, () => {
      calls++;
      listener.pause();
    });
    knock(listener);
    await waitUntil(() => calls > 0);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    assert.equal(calls, 1);
    listener.close();
  });

  test('is an event of its own: microtasks run before the next one', async () => {
    const heard: string[] = [];
    const listener = TcpListener.listen({ host: '127.0.0.5', port: 0 }, () => {
      heard.push('call');
      queueMicrotask(() => heard.push('microtask'));
    });
    knock(listener);
    await waitUntil(() => heard.length >= 6);
    listener.close();
    assert.deepEqual(heard.slice(0, 6), ['call', 'microtask', 'call', 'microtask', 'call', 'microtask']);
  });
});
