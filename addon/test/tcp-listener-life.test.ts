/** Where a TcpListener begins and ends. What takes a process with it runs in one of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TcpListener } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from './support/expect.ts';
import { run, succeed } from './support/scenario.ts';
import { acceptAll, LOOPBACK_4, LOOPBACK_6, listenPaused, visit, visitAndReset } from './support/tcp.ts';
import { waitUntil } from './support/wait.ts';

const ignore = () => {};

describe('close()', () => {
  test('inside onReadable, and in a microtask of it', async () => {
    for (const later of [(action: () => void) => action(), queueMicrotask]) {
      let calls = 0;
      const listener = TcpListener.listen({ host: '127.0.0.5', port: 0 }, () => {
        calls++;
        later(() => listener.close());
      });
      knock(listener);
      await waitUntil(() => calls > 0);
      await nextTurn();
      assert.equal(calls, 1);
    }
  });

  test('resets who waits, and leaves alone who was accepted', async () => {
    const listener = listenPaused();
    const accepted = await visit(listener);
    const fd = listener.accept()?.fd as number;
    const waiting = await visit(listener);
    const gone = assert.rejects(once(waiting, 'close'), { code: 'ECONNRESET' });
    listener.close();
    await gone;
    await assert.rejects(visit(listener), { code: 'ECONNREFUSED' });
    writeSync(fd, 'still here');
    closeSync(fd);
    assert.equal((await accepted.setEncoding('utf8').toArray()).join(''), 'still here');
  });

  test('may be called twice; nothing else may afterwards, and the port is known still', () => {
    const listener = listenPaused();
    const { port } = listener;
    listener.close();
    listener.close();
    assert.equal(listener.port, port);
    for (const method of ['accept', 'pause', 'resume', 'ref', 'unref'] as const) {
      throwsClosed(() => listener[method](), `TcpListener.${method}`);
    }
  });
});

describe('an open listener', () => {
  for (const [name, printed] of [
    ['holdsTheLoop', 'visitor'],
    ['unrefLetsTheLoopEnd', ''],
    ['refTakesUnrefBack', 'visitor'],
    ['pausedLetsTheLoopEnd', ''],
  ] as const) {
    test(name, () => assert.equal(succeed('tcp-listener', name), printed));
  }
  for (const name of [
    'droppedListenerGoesOn',
    'throwReachesUncaughtException',
    'throwAndCloseReachesUncaughtException',
    'exitInsideOnReadable',
    'closedListenersLeaveNothing',
    'workersLeaveNothing',
  ]) {
    test(name, () => {
      succeed('tcp-listener', name);
    });
  }
  test('throwEndsTheProcess', () => {
    const { status, stderr } = run('tcp-listener', 'throwEndsTheProcess');
    assert.equal(status, 1);
    assert.match(stderr, /nobody catches this/);
  });
});
