import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BpfMap } from 'bpf-loader-native';
import { Mirror } from '../../../src/kernel/mirror.ts';

/** As much of a map as a mirror needs, with little room. */
function makeMap(room = 2) {
  const entries = new Map<number, number>();
  const writes: string[] = [];
  const map: Pick<BpfMap, 'set' | 'delete'> = {
    set(key, value) {
      if (entries.size === room && !entries.has(key[0]!)) throw new Error('E2BIG');
      entries.set(key[0]!, value[0]!);
      writes.push(value[0] === 1 ? `+${key[0]}` : `+${key[0]}=${value[0]}`);
    },
    delete(key) {
      writes.push(`-${key[0]}`);
      return entries.delete(key[0]!);
    },
  };
  return { map: map as BpfMap, entries, writes };
}

const list = (...keys: number[]) => keys.map((key) => entry(key, 1));
const entry = (key: number, value: number) => ({ key: Uint8Array.of(key), value: Uint8Array.of(value) });

test('writes what is new, deletes what has gone, and leaves the rest alone', () => {
  const { map, entries, writes } = makeMap();
  const mirror = new Mirror(map);
  mirror.set(list(1, 2));
  mirror.set(list(2, 3));
  mirror.set(list(3, 2));
  assert.deepEqual([...entries.keys()], [2, 3]);
  assert.deepEqual(writes, ['+1', '+2', '-1', '+3']);
});

test('what is new comes before what is old goes', () => {
  const { map, writes } = makeMap(4);
  const mirror = new Mirror(map);
  mirror.set(list(1, 2));
  mirror.set(list(3));
  assert.deepEqual(writes, ['+1', '+2', '+3', '-1', '-2']);
});

test('tells how many found no room, and tries again', () => {
  const { map, entries } = makeMap();
  const mirror = new Mirror(map);
  assert.equal(mirror.set(list(1, 2, 3, 4)), 2);
  assert.equal(mirror.set(list(3, 4)), 0);
  assert.deepEqual([...entries.keys()], [3, 4]);
});

test('never deletes what it has not written', () => {
  const { map, entries } = makeMap();
  entries.set(9, 1);
  new Mirror(map).set([]);
  assert.deepEqual([...entries.keys()], [9]);
});

test('writes what has another value, once, in a full map, too', () => {
  const { map, entries, writes } = makeMap();
  const mirror = new Mirror(map);
  mirror.set(list(1, 2));
  for (let times = 0; times < 2; times++) assert.equal(mirror.set([entry(1, 7), entry(2, 1)]), 0);
  assert.deepEqual(
    [...entries],
    [
      [1, 7],
      [2, 1],
    ],
  );
  mirror.set(list(1, 2));
  assert.deepEqual(writes, ['+1', '+2', '+1=7', '+1']);
});

test('of two entries with one key the last holds', () => {
  const { map, entries, writes } = makeMap();
  const mirror = new Mirror(map);
  mirror.set([entry(1, 7), entry(1, 8)]);
  mirror.set([entry(1, 7), entry(1, 8)]);
  assert.deepEqual([...entries], [[1, 8]]);
  assert.deepEqual(writes, ['+1=8']);
});

test('an entry that found no room is not deleted later, for it may be somebody else’s', () => {
  const { map, entries, writes } = makeMap();
  entries.set(8, 1).set(9, 1);
  const mirror = new Mirror(map);
  assert.equal(mirror.set(list(3)), 1);
  mirror.set([]);
  assert.deepEqual(writes, []);
});
