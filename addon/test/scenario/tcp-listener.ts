import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, Worker } from 'node:worker_threads';
import { TcpListener } from 'bpf-loader-native';
import { throwsBpfError } from '../support/expect.ts';
import { main } from '../support/scenario.ts';
import { acceptAll, listenPaused, socketsOfProcess, visit, visitAndReset } from '../support/tcp.ts';
import { waitUntil } from '../support/wait.ts';

const listen = (onReadable: () => void) => TcpListener.listen({ host: '127.0.0.5', port: 0 }, onReadable);

/** Prints when somebody comes, and ends. */
function printVisitor(): TcpListener {
  const listener = listen(() => {
    console.log('visitor');
    listener.close();
  });
  return listener;
}

/** A timer that does not hold the loop fires only while something else does. */
const visitLater = (listener: TcpListener) => setTimeout(() => knock(listener), 50).unref();

async function waitForSockets(expected: number): Promise<void> {
  await waitUntil(() => {
    globalThis.gc?.();
    return socketsOfProcess().length <= expected;
  });
}

await main({
  async outOfDescriptors() {
    const listener = listenPaused();
    const clients = [await visit(listener), await visit(listener)];
    const wasted: number[] = [];
    assert.throws(
      () => {
        for (;;) wasted.push(openSync('/dev/null'));
      },
      { code: 'EMFILE' },
    );
    throwsBpfError(() => listener.accept(), 'EMFILE', 'accept4');
    throwsBpfError(() => listener.accept(), 'EMFILE', 'accept4');
    for (const fd of wasted) closeSync(fd);
    assert.deepEqual(
      acceptAll(listener).map(({ port }) => port),
      clients.map(({ localPort }) => localPort),
    );
    process.exit(0);
  },

  holdsTheLoop() {
    visitLater(printVisitor());
  },

  unrefLetsTheLoopEnd() {
    const listener = printVisitor();
    listener.unref();
    visitLater(listener);
  },

  refTakesUnrefBack() {
    const listener = printVisitor();
    listener.unref();
    listener.ref();
    visitLater(listener);
  },

  pausedLetsTheLoopEnd() {
    const listener = printVisitor();
    listener.pause();
    visitLater(listener);
  },

  async droppedListenerGoesOn() {
    let visits = 0;
    // In a function of its own: the frame of this one would keep it alive.
    const port = (() => {
      const listener = new WeakRef(listen(() => (visits += acceptAll(listener.deref()!).length)));
      return listener.deref()!.port;
    })();
    for (let round = 1; round <= 10; round++) {
      globalThis.gc?.();
      await nextTurn();
      knock({ port });
      await waitUntil(() => visits === round);
    }
    process.exit(0);
  },

  async throwReachesUncaughtException() {
    const errors: string[] = [];
    process.on('uncaughtException', (error) => errors.push(error.message));
    let calls = 0;
    const listener = listen(() => {
      throw new Error(`call ${++calls}`);
    });
    knock(listener);
    await waitUntil(() => errors.length >= 3);
    assert.deepEqual(errors.slice(0, 3), ['call 1', 'call 2', 'call 3']);
    listener.close();
  },

  async throwAndCloseReachesUncaughtException() {
    const errors: string[] = [];
    process.on('uncaughtException', (error) => errors.push(error.message));
    const listener = listen(() => {
      listener.close();
      throw new Error('after close');
    });
    knock(listener);
    await waitUntil(() => errors.length > 0);
    await nextTurn();
    assert.deepEqual(errors, ['after close']);
  },

  throwEndsTheProcess() {
    const listener = listen(() => {
      throw new Error('nobody catches this');
    });
    knock(listener);
  },

  exitInsideOnReadable() {
    knock(listen(() => process.exit(0)));
  },

  async closedListenersLeaveNothing() {
    const before = socketsOfProcess().length;
    for (let round = 0; round < 20; round++) {
      const listener = listenPaused();
      await visitAndReset(listener);
      for (const { fd } of acceptAll(listener)) closeSync(fd);
      listener.close();
    }
    assert.equal(socketsOfProcess().length, before);
  },

  async workersLeaveNothing() {
    const before = socketsOfProcess().length;
    for (const name of ['leaveOpen', 'runForEver', 'spinInsideOnReadable', 'exitTheWorker']) {
      for (let round = 0; round < 5; round++) {
        const worker = new Worker(new URL(import.meta.url), { argv: [name] });
        const exit = once(worker, 'exit');
        if (name === 'runForEver' || name === 'spinInsideOnReadable') {
          await once(worker, 'message');
          await worker.terminate();
        }
        await exit;
      }
    }
    await waitForSockets(before);
  },

  leaveOpen() {
    listen(() => {}).unref();
  },

  runForEver() {
    let calls = 0;
    knock(listen(() => ++calls === 10 && parentPort?.postMessage('running')));
  },

  spinInsideOnReadable() {
    const listener = listen(() => {
      parentPort?.postMessage('spinning');
      for (;;);
    });
    knock(listener);
  },

  exitTheWorker() {
    knock(listen(() => process.exit(7)));
  },
});
