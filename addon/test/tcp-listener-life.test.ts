/** How a TcpListener ends, and what ends with it. What takes a process along runs in one of its own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, writeSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwsClosed } from './support/expect.ts';
import { run, succeed } from './support/scenario.ts';
import { knock, makeListener, makePaused, visit } from './support/tcp.ts';
import { waitUntil } from './support/wait.ts';

describe('close()', () => {
  for (const { when, soon } of [
    { when: 'inside onReadable', soon: (action: () => void) => action() },
    { when: 'in a microtask of it', soon: queueMicrotask },
  ]) {
    test(when, async () => {
      let calls = 0;
      using listener = makeListener(() => {
        calls++;
        soon(() => listener.close());
      });
      knock(listener);
      await waitUntil(() => calls > 0);
      await nextTurn();
      await nextTurn();
      assert.equal(calls, 1);
    });
  }

  test('resets who waits, and leaves alone who was accepted', async () => {
    using listener = makePaused();
    const accepted = await visit(listener);
    const { fd } = listener.accept()!;
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
    using listener = makePaused();
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
  for (const { says, scenario, printed } of [
    { says: 'holds the event loop', scenario: 'openHoldsTheLoop', printed: 'visitor' },
    { says: 'does not when unref() was called', scenario: 'unrefLetsTheLoopEnd', printed: '' },
    { says: 'does again after ref()', scenario: 'refTakesUnrefBack', printed: 'visitor' },
    { says: 'does not while it is paused', scenario: 'pausedLetsTheLoopEnd', printed: '' },
  ]) {
    test(says, () => assert.equal(succeed('tcp-listener', scenario), printed));
  }
  test('goes on when all references to it are dropped', () => {
    succeed('tcp-listener', 'droppedListenerGoesOn');
  });
  test('leaves no descriptor when it is closed', () => {
    succeed('tcp-listener', 'closedListenersLeaveNothing');
  });
  test('leaves no descriptor when its worker ends, however it does', () => {
    succeed('tcp-listener', 'workersLeaveNothing');
  });
  test('does not mind the end of the process inside onReadable', () => {
    succeed('tcp-listener', 'exitInsideOnReadable');
  });
});

describe('what onReadable throws', () => {
  test("is an 'uncaughtException', and the listener goes on", () => {
    succeed('tcp-listener', 'throwReachesUncaughtException');
  });
  test('also when it closed the listener before', () => {
    succeed('tcp-listener', 'throwAndCloseReachesUncaughtException');
  });
  test('ends a process that does not listen for it', () => {
    const { status, stderr } = run('tcp-listener', 'throwEndsTheProcess');
    assert.equal(status, 1);
    assert.match(stderr, /nobody catches this/);
  });
});
