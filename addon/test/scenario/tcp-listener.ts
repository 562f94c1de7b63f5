import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, Worker } from 'node:worker_threads';
import type { TcpListener } from 'bpf-loader-native';
import { throwsBpfError } from '../support/expect.ts';
import { main } from '../support/scenario.ts';
import {
  acceptAll,
  knock,
  makeListener,
  makePaused,
  socketsOfProcess,
  visit,
  visitAndReset,
} from '../support/tcp.ts';
import { waitUntil } from '../support/wait.ts';

/** Prints when somebody comes, and ends. */
function makePrinter(): TcpListener {
  const listener = makeListener(() => {
    console.log('visitor');
    listener.close();
  });
  return listener;
}

/** A timer that does not hold the loop fires only while something else does. */
const knockLater = (listener: TcpListener) => setTimeout(() => knock(listener), 50).unref();

/** What reaches the process of what callbacks throw. */
function collectUncaught(): string[] {
  const messages: string[] = [];
  process.on('uncaughtException', ({ message }) => messages.push(message));
  return messages;
}

await main({
  async outOfDescriptors() {
    const listener = makePaused();
    const clients = [await visit(listener), await visit(listener)];
    const wasted: number[] = [];
    const waste = () => {
      for (;;) wasted.push(openSync('/dev/null', 'r'));
    };
    assert.throws(waste, { code: 'EMFILE' });
    throwsBpfError(() => listener.accept(), 'EMFILE', 'accept4');
    throwsBpfError(() => listener.accept(), 'EMFILE', 'accept4');
    for (const fd of wasted) closeSync(fd);
    const ports = acceptAll(listener).map(({ port }) => port);
    assert.deepEqual(
      ports,
      clients.map(({ localPort }) => localPort),
    );
    process.exit(0);
  },

  openHoldsTheLoop() {
    knockLater(makePrinter());
  },

  unrefLetsTheLoopEnd() {
    const listener = makePrinter();
    listener.unref();
    knockLater(listener);
  },

  refTakesUnrefBack() {
    const listener = makePrinter();
    listener.unref();
    listener.ref();
    knockLater(listener);
  },

  pausedLetsTheLoopEnd() {
    const listener = makePrinter();
    listener.pause();
    knockLater(listener);
  },

  async droppedListenerGoesOn() {
    let calls = 0;
    // In a function of its own: the frame of this one would keep it alive.
    const port = (() => makeListener(() => calls++).port)();
    for (let round = 0; round < 10; round++) {
      globalThis.gc?.();
      await nextTurn();
      const before = calls;
      knock({ port });
      await waitUntil(() => calls > before);
    }
    process.exit(0);
  },

  async closedListenersLeaveNothing() {
    const before = socketsOfProcess().length;
    for (let round = 0; round < 20; round++) {
      const listener = makePaused();
      await visitAndReset(listener);
      for (const { fd } of acceptAll(listener)) closeSync(fd);
      assert(socketsOfProcess().length > before);
      listener.close();
    }
    assert.equal(socketsOfProcess().length, before);
  },

  async workersLeaveNothing() {
    const before = socketsOfProcess().length;
    for (const { name, terminate } of [
      { name: 'leaveOpen', terminate: false },
      { name: 'runForEver', terminate: true },
      { name: 'spinInsideOnReadable', terminate: true },
      { name: 'exitInsideOnReadable', terminate: false },
    ]) {
      for (let round = 0; round < 5; round++) {
        const worker = new Worker(new URL(import.meta.url), { argv: [name] });
        const exit = once(worker, 'exit');
        await once(worker, 'message');
        if (terminate) await worker.terminate();
        assert.deepEqual(await exit, [terminate ? 1 : 0]);
      }
    }
    await waitUntil(() => socketsOfProcess().length <= before);
  },

  async throwReachesUncaughtException() {
    const messages = collectUncaught();
    let calls = 0;
    const listener = makeListener(() => {
      if (++calls === 3) listener.close();
      throw new Error(`call ${calls}`);
    });
    knock(listener);
    await waitUntil(() => messages.length >= 3);
    assert.deepEqual(messages, ['call 1', 'call 2', 'call 3']);
  },

  async throwAndCloseReachesUncaughtException() {
    const messages = collectUncaught();
    const listener = makeListener(() => {
      listener.close();
      throw new Error('after close');
    });
    knock(listener);
    await waitUntil(() => messages.length > 0);
    await nextTurn();
    assert.deepEqual(messages, ['after close']);
  },

  throwEndsTheProcess() {
    knock(
      makeListener(() => {
        throw new Error('nobody catches this');
      }),
    );
  },

  exitInsideOnReadable() {
    knock(
      makeListener(() => {
        parentPort?.postMessage('ending'); // Where it is a worker.
        process.exit(0);
      }),
    );
  },

  leaveOpen() {
    makeListener().unref();
    parentPort?.postMessage('open');
  },

  runForEver() {
    let calls = 0;
    knock(makeListener(() => ++calls === 10 && parentPort?.postMessage('running')));
  },

  spinInsideOnReadable() {
    knock(
      makeListener(() => {
        parentPort?.postMessage('spinning');
        for (;;);
      }),
    );
  },
});
