import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Deadlines } from '../../../src/values/deadlines.ts';

const ROOM = 16;

test('the row that is first due is that of a list which is searched through', () => {
  const step = fc.record({
    row: fc.integer({ min: 0, max: ROOM - 1 }),
    dueNs: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const deadlines = new Deadlines(ROOM);
      const model = new Map<number, number>();
      for (const { row, dueNs } of steps) {
        deadlines.set(row, dueNs);
        if (dueNs === undefined) model.delete(row);
        else model.set(row, dueNs);
        assert.equal(deadlines.of(row), dueNs);
        const { first } = deadlines;
        assert.equal(first === undefined ? undefined : model.get(first), least(model));
      }
      const order: number[] = [];
      for (let row = deadlines.first; row !== undefined; row = deadlines.first) {
        order.push(deadlines.of(row)!);
        deadlines.set(row, undefined);
      }
      assert.deepEqual(
        order,
        [...model.values()].sort((a, b) => a - b),
      );
    }),
  );
});

const least = (model: ReadonlyMap<number, number>): number | undefined =>
  model.size === 0 ? undefined : Math.min(...model.values());

test('what is due stays so when room is made', () => {
  const deadlines = new Deadlines(2);
  deadlines.set(0, 5);
  deadlines.set(1, 3);
  deadlines.grow(4);
  deadlines.set(3, 4);
  const order = [1, 3, 0].map((row) => {
    const { first } = deadlines;
    deadlines.set(row, undefined);
    return first;
  });
  assert.deepEqual(order, [1, 3, 0]);
  assert.equal(deadlines.first, undefined);
});
