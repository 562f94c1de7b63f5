import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fitted } from '../../../scripts/eval/tables.ts';
import { defaultPolicy } from '../../../src/config/load.ts';

test('tables have room for as many sources as there are frames, or for as many as the policy says', () => {
  const policy = defaultPolicy();
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (frames) => {
      const { tables } = fitted(policy, frames);
      for (const name of ['blocks', 'sources'] as const) {
        assert.ok(Number.isSafeInteger(tables[name]));
        assert.ok(tables[name] >= Math.min(frames, policy.tables[name]));
        assert.ok(tables[name] <= policy.tables[name]);
      }
    }),
  );
});
