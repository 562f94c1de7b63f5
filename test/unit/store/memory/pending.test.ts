/** What waits to be written is bounded, whatever comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pending } from '../../../../src/store/memory/pending.ts';

const CAPACITY = 3;
const source = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const row = fc.option(fc.integer());
const step = fc.oneof(
  fc.record({ is: fc.constant('set' as const), source, row }),
  fc.record({
    is: fc.constant('take' as const),
    limit: fc.integer({ min: 1, max: 4 }),
    isWritten: fc.boolean(),
  }),
);

test('either all changes wait, of each source the latest, or it says that they do not', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const pending = new Pending<number>(CAPACITY);
      const held = new Map<string, number | null>();
      const stored = new Map<string, number | null>();
      for (const it of steps) {
        if (it.is === 'set') {
          pending.set(it.source, it.row);
          held.set(it.source, it.row);
          continue;
        }
        const taken = pending.take(it.limit);
        if (!it.isWritten) pending.putBack(taken);
        else for (const [name, value] of taken) stored.set(name, value);
      }
      assert.ok(pending.size <= CAPACITY);
      if (pending.isOverfull) {
        assert.equal(pending.size, 0);
        return;
      }
      for (const [name, value] of pending.take(CAPACITY)) stored.set(name, value);
      assert.deepEqual([...stored].sort(), [...held].sort());
    }),
  );
});

test('what has changed while others were written, in vain, is bounded with them', () => {
  const pending = new Pending<number>(CAPACITY);
  for (const name of ['a', 'b', 'c']) pending.set(name, 1);
  const taken = pending.take(2);
  for (const name of ['d', 'e']) pending.set(name, null);
  pending.putBack(taken);
  assert.deepEqual([pending.size, pending.isOverfull], [0, true]);
  pending.set('f', 1);
  assert.equal(pending.size, 0);
  pending.beginAnew();
  pending.set('f', 1);
  assert.deepEqual([pending.size, pending.isOverfull], [1, false]);
});
