import assert from 'node:assert/strict';
import { loadKit, u32 } from '../support/kit.ts';
import { collectUntilHeld, heldByProcess } from '../support/resources.ts';
import { main } from '../support/scenario.ts';

await main({
  async unmapsWhenCollected() {
    const object = loadKit();
    const map = object.map('shared_array');
    const before = heldByProcess();
    let memory: ArrayBuffer | undefined = map.mmap();
    assert.equal(heldByProcess(), before + 1);
    for (let round = 0; round < 5; round++) {
      globalThis.gc?.();
      await new Promise(setImmediate);
    }
    new Uint32Array(memory)[0] = 3;
    assert.deepEqual(map.get(u32(0)), u32(3, 0, 0));
    memory = undefined;
    await collectUntilHeld(before);
    assert.equal(new Uint32Array(map.mmap())[0], 3);
  },
});
