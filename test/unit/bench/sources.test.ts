import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbered, numberedColumns } from '../../../scripts/bench/sources.ts';
import { prefixesIn, wordsOf } from '../../../src/values/prefix-columns.ts';
import { PrefixFinder } from '../../../src/values/prefix-finder.ts';

for (const family of [4, 6] as const) {
  for (const shape of ['addresses', 'networks'] as const) {
    test(`a list of ${shape} of IPv${family} has as many as it is said to have, and all of them`, () => {
      const count = 1_000_000;
      const columns = numberedColumns(count, family, shape);
      assert.equal((family === 4 ? columns.lengths4 : columns.lengths6).length, count);
      const finder = new PrefixFinder(columns);
      for (let number = 0; number < count; number += 9973) {
        const prefix = numbered(number, family, shape);
        const words = wordsOf(prefix);
        const isOnIt =
          family === 4 ? finder.holds4(words[0]!, prefix.length) : finder.holds6(words, prefix.length);
        assert.ok(isOnIt);
      }
    });
  }
}

test('a list that would have fewer is none', () => {
  assert.throws(
    () => numberedColumns(1_500_000, 4, 'networks'),
    /of 1500000 networks of IPv4, a list has only/,
  );
});

test('networks of a list are masked', () => {
  for (const { bytes, length } of prefixesIn(numberedColumns(1000, 4, 'networks'))) {
    const address = new DataView(bytes.buffer).getUint32(0);
    assert.equal((address & ((2 ** (32 - length) - 1) >>> 0)) >>> 0, 0);
  }
});
