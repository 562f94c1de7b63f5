import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { BpfObject, RingBuffer } from 'bpf-loader-native';
import { KIT_PATH, loadKit, openRing, RECORD_SIZE, range, u32, u64 } from '../support/kit.ts';
import { loadNested, makeLines } from '../support/nested.ts';
import { collectUntilHeld, heldByProcess } from '../support/resources.ts';
import { main } from '../support/scenario.ts';

const WORKER = new URL('./worker.ts', import.meta.url);

/** Everything there is, open, with a ring that never falls silent. */
function openEverything() {
  const kit = openRing(4, () => kit.emit(4));
  kit.object.map('shared_array').mmap();
  void kit.object.map('hash').count();
  void loadNested().map('outer').setInner(u32(0), makeLines(1));
  kit.emit(4);
  return kit;
}

function startWorker(name: string): Worker {
  return new Worker(WORKER, { argv: [name] });
}

await main({
  /** An unref'd timer fires only while something else holds the loop. */
  async ringHoldsTheLoop() {
    const kit = openRing(4, () => {
      console.log('batch');
      kit.close();
    });
    setTimeout(() => kit.emit(1), 50).unref();
  },

  async unrefLetsTheLoopEnd() {
    const kit = openRing(4, () => console.log('batch'));
    kit.ring.unref();
    setTimeout(() => kit.emit(1), 50).unref();
  },

  async refTakesUnrefBack() {
    const kit = openRing(4, () => {
      console.log('batch');
      kit.close();
    });
    kit.ring.unref();
    kit.ring.ref();
    setTimeout(() => kit.emit(1), 50).unref();
  },

  async droppedRingGoesOn() {
    const object = loadKit();
    const program = object.program('emit');
    let batches = 0;
    new RingBuffer(object.map('events'), { recordSize: RECORD_SIZE, maxBatch: 4 }, () => batches++);
    for (let round = 1; round <= 10; round++) {
      globalThis.gc?.();
      await nextTurn();
      program.testRun({ data: u32(1, 0, 0, 0) });
      while (batches < round) await nextTurn();
    }
    process.exit(0);
  },

  async closedRingsLeaveNothing() {
    openRing(4).close();
    globalThis.gc?.();
    await nextTurn();
    const before = heldByProcess();
    // In functions of their own: the frame of this one would keep the last of them alive.
    const useAndClose = async (round: number) => {
      const kit = openRing(4);
      kit.emit(4);
      if (round % 2) await nextTurn();
      kit.close();
    };
    for (let round = 0; round < 20; round++) await useAndClose(round);
    await collectUntilHeld(before);
  },

  async droppedHandlesLeaveNothing() {
    loadKit().close();
    const before = heldByProcess();
    const useAndDrop = () => {
      const object = loadKit();
      object.map('hash').set(u32(1), u64(1n));
      object.map('shared_array').mmap();
      object.program('pass');
      BpfObject.open(KIT_PATH);
      void loadNested().map('outer').setInner(u32(0), makeLines(1));
    };
    for (let round = 0; round < 10; round++) useAndDrop();
    assert(heldByProcess() > before);
    await collectUntilHeld(before);
  },

  async throwReachesUncaughtException() {
    const errors: unknown[] = [];
    process.on('uncaughtException', (error) => errors.push(error.message));
    const kit = openRing(1, () => {
      throw new Error(`batch ${kit.batches.length}`);
    });
    kit.emit(3);
    while (errors.length < 3) await nextTurn();
    assert.deepEqual(errors, ['batch 1', 'batch 2', 'batch 3']);
    kit.close();
  },

  async throwAndCloseReachesUncaughtException() {
    const errors: unknown[] = [];
    process.on('uncaughtException', (error) => errors.push(error.message));
    const kit = openRing(1, () => {
      kit.ring.close();
      throw new Error('after close');
    });
    kit.emit(3);
    while (errors.length < 1) await nextTurn();
    await nextTurn();
    assert.deepEqual(errors, ['after close']);
    kit.close();
  },

  async throwEndsTheProcess() {
    const kit = openRing(1, () => {
      throw new Error('nobody catches this');
    });
    kit.emit(1);
  },

  async detachedBufferIsUncaught() {
    process.on('uncaughtException', (error: NodeJS.ErrnoException) => console.log(error.code));
    const kit = openRing(1);
    kit.ring.buffer.transfer();
    kit.emit(1);
  },

  async exitWithEverythingOpen() {
    openEverything();
    await nextTurn();
    process.exit(0);
  },

  async exitInsideOnBatch() {
    const kit = openRing(4, () => process.exit(0));
    kit.emit(4);
  },

  async endWithEverythingOpen() {
    const kit = openEverything();
    while (kit.batches.length < 3) await nextTurn();
    kit.ring.unref();
  },

  async workersAtOnce() {
    const workers = range(4).map(() => startWorker('work'));
    const codes = await Promise.all(workers.map(async (worker) => (await once(worker, 'exit'))[0]));
    assert.deepEqual(codes, [0, 0, 0, 0]);
  },

  async workersThatEndLeaveNothing() {
    loadKit().close();
    const before = heldByProcess();
    for (let round = 0; round < 5; round++) await once(startWorker('leaveOpen'), 'exit');
    await collectUntilHeld(before);
  },

  async workersThatAreTerminatedLeaveNothing() {
    loadKit().close();
    const before = heldByProcess();
    for (let round = 0; round < 10; round++) {
      const worker = startWorker('runForEver');
      await once(worker, 'message');
      await worker.terminate();
    }
    await collectUntilHeld(before);
  },

  async workersTerminatedInsideOnBatch() {
    loadKit().close();
    const before = heldByProcess();
    for (let round = 0; round < 5; round++) {
      const worker = startWorker('spinInsideOnBatch');
      await once(worker, 'message');
      await worker.terminate();
    }
    await collectUntilHeld(before);
  },

  async workerThatExitsInsideOnBatch() {
    loadKit().close();
    const before = heldByProcess();
    for (let round = 0; round < 5; round++) {
      const [code] = await once(startWorker('exitInsideOnBatch'), 'exit');
      assert.equal(code, 7);
    }
    await collectUntilHeld(before);
  },

  async exitWithWorkersBusy() {
    const workers = range(3).map(() => startWorker('runForEver'));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    process.exit(0);
  },
});
