/** What was seen lately does not depend on the order in which it was told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NOTHING, noteKey } from '../../../src/detect/window.ts';

type Seen = { readonly key: number; readonly atNs: number };

const seen = fc.uniqueArray(fc.record({ key: fc.integer({ min: 1, max: 6 }), atNs: fc.nat(100) }), {
  selector: ({ atNs }) => atNs,
  maxLength: 20,
});
const noted = (all: readonly Seen[], limit: number) =>
  all.reduce((recent, { key, atNs }) => noteKey(recent, key, atNs, limit), NOTHING);

test('property: the latest keys are remembered, each with its latest time, in the order of time', () => {
  fc.assert(
    fc.property(seen, fc.integer({ min: 1, max: 7 }), (all, limit) => {
      const latest = new Map<number, number>();
      for (const { key, atNs } of all) latest.set(key, Math.max(atNs, latest.get(key) ?? 0));
      const expected = [...latest].sort(([, a], [, b]) => a - b).slice(-limit);
      assert.deepEqual(noted(all, limit), expected.flat());
    }),
  );
});
