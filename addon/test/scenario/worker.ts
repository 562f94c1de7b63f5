/** What the workers of life.ts do. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { BpfObject } from 'bpf-loader-native';
import { fill, openRing, REFUSED_PATH, range, u32 } from '../support/kit.ts';
import { loadNested, makeLines } from '../support/nested.ts';
import { main } from '../support/scenario.ts';

await main({
  async work() {
    const kit = openRing(8);
    const hash = kit.object.map('hash');
    fill(hash, 300);
    for (let round = 0; round < 20; round++) {
      kit.emit(50);
      assert.equal(await hash.count(), 300);
      // Loads and refusals of several threads at once: each must get the words of its own.
      const refused = BpfObject.open(REFUSED_PATH);
      assert.throws(
        () => refused.load(),
        ({ log }) => log.split('BEGIN PROG LOAD LOG').length === 2,
      );
      refused.close();
    }
    while (kit.batches.flat().length < 1000) await nextTurn();
    assert.deepEqual(kit.batches.flat(), range(1000));
    kit.close();
  },

  leaveOpen() {
    const kit = openRing(8);
    kit.object.map('shared_array').mmap();
    void kit.object.map('hash').count();
    void loadNested().map('outer').setInner(u32(0), makeLines(1));
    kit.emit(8);
    kit.ring.unref();
  },

  runForEver() {
    let batches = 0;
    const outer = loadNested().map('outer');
    const lines = makeLines(1);
    let isBusy = false; // one job of each kind at a time: on a slow machine they would pile up, each with its descriptors
    const work = async () => {
      isBusy = true;
      await Promise.all([hash.count(), outer.setInner(u32(0), lines)]);
      isBusy = false;
    };
    const kit = openRing(8, () => {
      kit.emit(8);
      kit.batches.length = 0;
      if (!isBusy) void work();
      if (++batches === 10) parentPort?.postMessage('running');
    });
    const hash = kit.object.map('hash');
    kit.object.map('shared_array').mmap();
    kit.emit(8);
  },

  spinInsideOnBatch() {
    const kit = openRing(8, () => {
      parentPort?.postMessage('spinning');
      for (;;);
    });
    kit.emit(8);
  },

  exitInsideOnBatch() {
    const kit = openRing(8, () => process.exit(7));
    kit.emit(8);
  },
});
