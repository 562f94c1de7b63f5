import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatPorts, PortSet, parsePorts } from '../../../src/values/ports.ts';

const port = fc.oneof(
  fc.integer({ min: 0, max: 65_535 }),
  fc.constantFrom(0, 31, 32, 63, 64, 1023, 1024, 65_534, 65_535),
);
const range = fc.tuple(port, port).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const rising = (ports: Iterable<number>): number[] => [...new Set(ports)].sort((a, b) => a - b);

function* fromTo([first, last]: readonly [number, number]): Iterable<number> {
  for (let each = first; each <= last; each++) yield each;
}

describe('parsePorts', () => {
  for (const [text, normal] of [
    ['', ''],
    ['  ', ''],
    ['22', '22'],
    ['0,65535', '0,65535'],
    ['80,22,81', '22,80-81'],
    [' 1 - 3 , 5 ', '1-3,5'],
    ['1-1024', '1-1024'],
    ['5-5', '5'],
    ['00080', '80'],
    ['1-10,5-20,21', '1-21'],
  ] as const) {
    test(`"${text}" is ${normal || 'empty'}`, () => assert.equal(parsePorts(text).toString(), normal));
  }
  for (const [text, message] of [
    ['x', '"x" is neither a port nor a range like 1-1024'],
    ['1,,2', '"" is neither a port nor a range like 1-1024'],
    ['1,', '"" is neither a port nor a range like 1-1024'],
    ['-5', '"-5" is neither a port nor a range like 1-1024'],
    ['1-2-3', '"1-2-3" is neither a port nor a range like 1-1024'],
    ['1.5', '"1.5" is neither a port nor a range like 1-1024'],
    ['22,http', '"http" is neither a port nor a range like 1-1024'],
    ['65536', '"65536" goes beyond port 65535'],
    ['1-65536', '"1-65536" goes beyond port 65535'],
    ['9-3', '"9-3" runs backwards'],
  ] as const) {
    test(`"${text}" is refused`, () =>
      assert.throws(() => parsePorts(text), { name: 'RangeError', message }));
  }
  test('reads back what toString wrote', () => {
    fc.assert(
      fc.property(fc.array(port), (ports) => {
        assert.deepEqual([...parsePorts(PortSet.of(ports).toString())], rising(ports));
      }),
    );
  });
  test('reads ranges like a set of numbers would', () => {
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 4 }), (ranges) => {
        const text = ranges.map(([first, last]) => `${first}-${last}`).join(',');
        const model = new Set(ranges.flatMap((each) => [...fromTo(each)]));
        const set = parsePorts(text);
        assert.equal(set.size, model.size);
        assert.ok([...model].every((each) => set.has(each)));
      }),
      { numRuns: 30 },
    );
  });
  test('any text is a set or a RangeError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9, -]{0,20}$/)), (text) => {
        try {
          parsePorts(text);
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }),
    );
  });
});

describe('PortSet', () => {
  test('adds and deletes like a set of numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), port)), (steps) => {
        const set = new PortSet();
        const model = new Set<number>();
        for (const [adds, each] of steps) {
          if (adds) set.add(each);
          else set.delete(each);
          if (adds) model.add(each);
          else model.delete(each);
        }
        assert.deepEqual([...set], rising(model));
        assert.equal(set.size, model.size);
      }),
    );
  });
  test('addRange touches neither neighbour', () => {
    fc.assert(
      fc.property(range, ([first, last]) => {
        const set = new PortSet();
        set.addRange(first, last);
        assert.equal(set.size, last - first + 1);
        assert.equal(set.toString(), first === last ? `${first}` : `${first}-${last}`);
      }),
      { numRuns: 50 },
    );
  });
  test('addAll is the union and leaves the other as it is', () => {
    fc.assert(
      fc.property(fc.array(port), fc.array(port), (a, b) => {
        const [left, right] = [PortSet.of(a), PortSet.of(b)];
        left.addAll(right);
        assert.deepEqual([...left], rising([...a, ...b]));
        assert.deepEqual([...right], rising(b));
      }),
    );
  });
  test('has no port beyond 65535', () => assert.equal(parsePorts('0-65535').has(65_536), false));
});

test('formatPorts compresses neighbours only', () => {
  assert.equal(formatPorts([1, 2, 3, 5, 7, 8]), '1-3,5,7-8');
  assert.equal(formatPorts([]), '');
});
