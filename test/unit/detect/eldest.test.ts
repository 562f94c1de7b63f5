import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Eldest } from '../../../src/detect/eldest.ts';

test('is the first of the keys that are there, whatever has come, gone and come anew', () => {
  const step = fc.oneof(
    fc.record({ does: fc.constantFrom('touch', 'delete'), key: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ does: fc.constant('forget'), key: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new Map<number, string>();
      const eldest = new Eldest(map);
      for (const { does, key } of steps) {
        if (does === 'forget' && map.size > 0) {
          const [expected] = map.keys();
          const told = eldest.next();
          assert.equal(told, expected);
          map.delete(told);
        } else map.delete(key);
        if (does === 'touch') map.set(key, '');
      }
    }),
  );
});

test('of nothing is an error, and no endless search', () => {
  assert.throws(() => new Eldest(new Map()).next(), RangeError);
});
