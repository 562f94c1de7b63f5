import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PrefixLengths } from '../../../src/kernel/prefix-lengths.ts';
import { lengthsLayout, lengthsOf } from '../../../src/kernel/wire.generated.ts';
import { lengthsIn } from '../../support/kernel-model/front.ts';

const { NETWORKS4, HOSTS4, NETWORKS6, HOSTS6 } = lengthsOf;

/** All four lists as the data plane reads them, each sorted. */
const listsIn = (memory: ArrayBuffer) =>
  Object.fromEntries(
    Object.entries({ NETWORKS4, HOSTS4, NETWORKS6, HOSTS6 }).map(([name, which]) => [
      name,
      lengthsIn(memory, which).sort((a, b) => a - b),
    ]),
  );
const EMPTY = { NETWORKS4: [], HOSTS4: [], NETWORKS6: [], HOSTS6: [] };

const memoryOf = () => new ArrayBuffer(lengthsOf.MAX * lengthsLayout.size);
const upTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('a length is listed once, as long as a block has it', () => {
  const memory = memoryOf();
  const lengths = new PrefixLengths(memory);
  lengths.use({ family: 4, length: 32 });
  lengths.use({ family: 4, length: 32 });
  lengths.use({ family: 6, length: 64 });
  assert.deepEqual(listsIn(memory), { ...EMPTY, HOSTS4: [32], HOSTS6: [64] });
  lengths.release({ family: 4, length: 32 });
  assert.deepEqual(listsIn(memory), { ...EMPTY, HOSTS4: [32], HOSTS6: [64] });
  lengths.release({ family: 4, length: 32 });
  assert.deepEqual(listsIn(memory), { ...EMPTY, HOSTS6: [64] });
});

test('networks and hosts have lists of their own: of IPv6, a /64 is a host and a /63 is none', () => {
  const memory = memoryOf();
  const lengths = new PrefixLengths(memory);
  for (const length of [0, 24, 31, 32]) lengths.use({ family: 4, length });
  for (const length of [0, 32, 63, 64, 65, 128]) lengths.use({ family: 6, length });
  assert.deepEqual(listsIn(memory), {
    NETWORKS4: [0, 24, 31],
    HOSTS4: [32],
    NETWORKS6: [0, 32, 63],
    HOSTS6: [64, 65, 128],
  });
});

test('a length that is kept stays, whatever comes and goes', () => {
  const memory = memoryOf();
  const lengths = new PrefixLengths(memory);
  lengths.keep({ family: 4, length: 32 });
  lengths.keep({ family: 4, length: 32 });
  lengths.release({ family: 4, length: 32 }); // a block that the kernel has added by itself
  lengths.use({ family: 4, length: 32 });
  lengths.release({ family: 4, length: 32 });
  assert.deepEqual(listsIn(memory), { ...EMPTY, HOSTS4: [32] });
});

test('a length that is in use already may be kept, and then it stays', () => {
  const memory = memoryOf();
  const lengths = new PrefixLengths(memory);
  lengths.use({ family: 6, length: 56 });
  lengths.keep({ family: 6, length: 56 });
  assert.deepEqual(listsIn(memory), { ...EMPTY, NETWORKS6: [56] });
  lengths.release({ family: 6, length: 56 });
  assert.deepEqual(listsIn(memory), { ...EMPTY, NETWORKS6: [56] });
});

test('there is room for every length that there is', () => {
  const memory = memoryOf();
  const lengths = new PrefixLengths(memory);
  for (const length of upTo(0, 128)) lengths.use({ family: 6, length });
  for (const length of upTo(0, 32)) lengths.use({ family: 4, length });
  assert.deepEqual(listsIn(memory), {
    NETWORKS4: upTo(0, 31),
    HOSTS4: [32],
    NETWORKS6: upTo(0, 63),
    HOSTS6: upTo(64, 128),
  });
});

test('whatever comes and goes, the lists hold the lengths of the blocks that are there', () => {
  const key = fc.oneof(
    fc.record({ family: fc.constant(4 as const), length: fc.integer({ min: 0, max: 32 }) }),
    fc.record({ family: fc.constant(6 as const), length: fc.integer({ min: 0, max: 128 }) }),
  );
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
        lengths[add ? 'use' : 'release'](wanted);
      }
      const expected = (family: 4 | 6, first: number, last: number) => {
        const all = model.filter((it) => it.family === family && it.length >= first && it.length <= last);
        return [...new Set(all.map(({ length }) => length))].sort((a, b) => a - b);
      };
      assert.deepEqual(listsIn(memory), {
        NETWORKS4: expected(4, 0, 31),
        HOSTS4: expected(4, 32, 32),
        NETWORKS6: expected(6, 0, 63),
        HOSTS6: expected(6, 64, 128),
      });
    }),
  );
});
