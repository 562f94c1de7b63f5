import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { Eldest } from '../../../src/values/eldest.ts';

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

test('keeps nothing of a map alive that has long been another', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = async () => {
    await new Promise(setImmediate); // what was asked for in a turn stays until its end
    collect();
    return process.memoryUsage().heapUsed;
  };
  const map = new Map<number, number>();
  const eldest = new Eldest(map);
  const change = (times: number) => {
    for (let nth = 0; nth < times; nth++) {
      map.delete(nth % 10);
      map.set(nth % 10, nth);
    }
  };
  change(20);
  map.delete(eldest.next());
  const before = await used();
  change(1_000_000);
  const grown = (await used()) - before;
  assert.ok(grown < 10e6, `${grown} bytes`); // 60 MB when it does
  assert.equal(eldest.next(), 0);
});
