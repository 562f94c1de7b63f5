import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PrefixLengths } from '../../../src/kernel/prefix-lengths.ts';
import { readBytes, readField } from '../../../src/kernel/struct.ts';
import { lengthsLayout } from '../../../src/kernel/wire.generated.ts';

/** The list as the data plane reads it. */
function lengthsIn(memory: ArrayBuffer, family: 4 | 6): number[] {
  const view = new DataView(memory);
  const base = family === 4 ? 0 : lengthsLayout.size;
  const count = readField(view, base, lengthsLayout.count);
  return [...readBytes(view, base, lengthsLayout.length).subarray(0, count)].sort((a, b) => a - b);
}

const memoryOf = () => new ArrayBuffer(2 * lengthsLayout.size);
const prefixOf = (family: 4 | 6, length: number) => ({ family, length, bytes: new Uint8Array(16) });

test('a length is listed once, as long as a block has it', () => {
  const memory = memoryOf();
  const lengths = new PrefixLengths(memory);
  lengths.use(prefixOf(4, 32));
  lengths.use(prefixOf(4, 32));
  lengths.use(prefixOf(6, 64));
  assert.deepEqual([lengthsIn(memory, 4), lengthsIn(memory, 6)], [[32], [64]]);
  lengths.release(prefixOf(4, 32));
  assert.deepEqual(lengthsIn(memory, 4), [32]);
  lengths.release(prefixOf(4, 32));
  assert.deepEqual([lengthsIn(memory, 4), lengthsIn(memory, 6)], [[], [64]]);
});

test('a length that is kept stays, whatever comes and goes', () => {
  const memory = memoryOf();
  const lengths = new PrefixLengths(memory);
  lengths.keep(4, 32);
  lengths.keep(4, 32);
  lengths.release(prefixOf(4, 32));
  lengths.use(prefixOf(4, 32));
  lengths.release(prefixOf(4, 32));
  assert.deepEqual(lengthsIn(memory, 4), [32]);
});

test('there is room for every length that there is', () => {
  const memory = memoryOf();
  const lengths = new PrefixLengths(memory);
  for (let length = 0; length <= 128; length++) lengths.use(prefixOf(6, length));
  for (let length = 0; length <= 32; length++) lengths.use(prefixOf(4, length));
  assert.equal(lengthsIn(memory, 6).length, 129);
  assert.equal(lengthsIn(memory, 4).length, 33);
});

test('whatever comes and goes, the list holds the lengths of the blocks that are there', () => {
  const key = fc.record({
    family: fc.constantFrom(4 as const, 6 as const),
    length: fc.integer({ min: 0, max: 32 }),
  });
  fc.assert(
    fc.property(fc.array(fc.record({ key, add: fc.boolean() }), { maxLength: 200 }), (steps) => {
      const memory = memoryOf();
      const lengths = new PrefixLengths(memory);
      const model: { family: 4 | 6; length: number }[] = [];
      for (const { key: wanted, add } of steps) {
        const index = model.findIndex(
          ({ family, length }) => family === wanted.family && length === wanted.length,
        );
        if (!add && index < 0) continue;
        if (add) model.push(wanted);
        else model.splice(index, 1);
        lengths[add ? 'use' : 'release'](prefixOf(wanted.family, wanted.length));
      }
      for (const family of [4, 6] as const) {
        const expected = new Set(
          model.filter((entry) => entry.family === family).map(({ length }) => length),
        );
        assert.deepEqual(
          lengthsIn(memory, family),
          [...expected].sort((a, b) => a - b),
        );
      }
    }),
  );
});
