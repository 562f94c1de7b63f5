import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RowOrder } from '../../../src/values/row-order.ts';

test('rows stand in the order in which they came, those that have gone left out', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 100 }), (steps) => {
      const order = new RowOrder(8);
      order.grow(16);
      let model: number[] = [];
      for (const row of steps) {
        if (model.includes(row)) {
          order.remove(row);
          model = model.filter((other) => other !== row);
        } else {
          order.append(row);
          model.push(row);
        }
        const found: number[] = [];
        for (let at = order.first; at !== undefined; at = order.after(at)) found.push(at);
        assert.deepEqual(found, model);
      }
    }),
  );
});
