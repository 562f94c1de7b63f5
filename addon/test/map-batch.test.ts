import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BpfError, type BpfMap, possibleCpus } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsRange } from './support/expect.ts';
import { fill, loadKit, range, u32, u64 } from './support/kit.ts';

const skip = needs('bpf');

function openMap(name: string): BpfMap {
  const object = loadKit();
  const map = object.map(name);
  object.close();
  return map;
}

/** Reads the whole map in chunks of `chunk`, as [key, value] of 32 and 64 bits. */
function readAll(map: BpfMap, chunk: number): [number, bigint][] {
  const keys = new Uint32Array(chunk);
  const values = new BigUint64Array(chunk);
  const entries: [number, bigint][] = [];
  let cursor: Uint8Array | undefined;
  do {
    const answer = map.lookupBatch(new Uint8Array(keys.buffer), new Uint8Array(values.buffer), chunk, cursor);
    for (const index of range(answer.count)) entries.push([keys[index]!, values[index]!]);
    cursor = answer.cursor;
  } while (cursor);
  return entries.sort(([a], [b]) => a - b);
}

describe('updateBatch', { skip }, () => {
  test('writes packed entries, and takes no more than count of them', () => {
    const map = openMap('hash');
    assert.equal(map.updateBatch(u32(1, 2, 3), u64(10n, 20n, 30n), 2), 2);
    assert.deepEqual(map.get(u32(1)), u64(10n));
    assert.deepEqual(map.get(u32(2)), u64(20n));
    assert.equal(map.get(u32(3)), undefined);
    assert.equal(map.updateBatch(u32(), u64(), 0), 0);
  });

  test('a map that is full: the error says how many were written', () => {
    const map = openMap('tiny_hash');
    let error: BpfError | undefined;
    try {
      map.updateBatch(u32(...range(8)), u64(...range(8).map(BigInt)), 8);
    } catch (caught) {
      error = caught as BpfError;
    }
    assert.equal(error?.code, 'E2BIG');
    assert.equal(error?.syscall, 'BPF_MAP_UPDATE_BATCH');
    assert.equal(error?.written, 4);
    assert.equal([...map.keys()].length, 4);
  });

  test('a map that knows no batches: nothing was written', () => {
    const error = throwsBpfError(
      () => openMap('queue').updateBatch(new Uint8Array(), u32(1), 1),
      'ENOTSUPP',
      'BPF_MAP_UPDATE_BATCH',
    );
    assert.equal(error.written, 0);
  });

  test('per-CPU values lie packed too', () => {
    const map = openMap('percpu_hash');
    const value = (seed: number) =>
      u32(...range(possibleCpus() * 2).map((index) => (index % 2 ? 0 : seed + index)));
    map.updateBatch(u32(1, 2), new Uint8Array([...value(100), ...value(200)]), 2);
    assert.deepEqual(map.get(u32(1)), value(100));
    assert.deepEqual(map.get(u32(2)), value(200));
    const keys = new Uint8Array(8);
    const values = new Uint8Array(2 * map.info.lookupSize);
    assert.equal(map.lookupBatch(keys, values, 2).count, 2);
    const first = values.subarray(0, map.info.lookupSize);
    assert.deepEqual(first, value(keys[0] === 1 ? 100 : 200));
  });
});

describe('lookupBatch', { skip }, () => {
  for (const chunk of [64, 100, 499, 500, 501, 1024]) {
    test(`500 entries in chunks of ${chunk}`, () => {
      const map = openMap('hash');
      fill(map, 500);
      assert.deepEqual(
        readAll(map, chunk),
        range(500).map((index) => [index, BigInt(index * 10)]),
      );
    });
  }

  test('an empty map, and one that is an array', () => {
    assert.deepEqual(readAll(openMap('hash'), 64), []);
    const map = openMap('array');
    map.set(u32(3), u64(9n));
    assert.deepEqual(
      readAll(map, 3),
      range(8).map((index) => [index, index === 3 ? 9n : 0n]),
    );
  });

  test('a map with keys of three bytes', () => {
    const map = openMap('odd_hash');
    for (const index of range(40)) map.set(Uint8Array.of(index, 0, 0), Uint8Array.of(index, 1, 2, 3, 4));
    const keys = new Uint8Array(3 * 20);
    const values = new Uint8Array(5 * 20);
    const seen = new Set<number>();
    let cursor: Uint8Array | undefined;
    do {
      const answer = map.lookupBatch(keys, values, 20, cursor);
      cursor = answer.cursor;
      for (const index of range(answer.count)) {
        assert.deepEqual([...values.subarray(index * 5, index * 5 + 5)], [keys[index * 3], 1, 2, 3, 4]);
        seen.add(keys[index * 3]!);
      }
    } while (cursor);
    assert.equal(seen.size, 40);
  });

  test('the cursor has a size, and goes nowhere else', () => {
    const map = openMap('hash');
    throwsRange(
      () => map.lookupBatch(u32(0), u64(0n), 1, new Uint8Array(3)),
      'cursor: expected 4 bytes, got 3',
    );
    const beyond = map.lookupBatch(u32(0), u64(0n), 1, u32(0xffff_ffff));
    assert.deepEqual(beyond, { count: 0, cursor: undefined });
  });
});

describe('deleteBatch', { skip }, () => {
  test('passes over absent keys, wherever they are', () => {
    const map = openMap('hash');
    fill(map, 10);
    assert.equal(map.deleteBatch(u32(100, 0, 1, 101, 102, 2, 103), 7), 3);
    assert.equal(map.deleteBatch(u32(0, 1, 2), 3), 0);
    assert.equal(map.deleteBatch(u32(3, 4, 5), 2), 2);
    assert.deepEqual(
      readAll(map, 64).map(([key]) => key),
      [5, 6, 7, 8, 9],
    );
    assert.equal(map.deleteBatch(u32(), 0), 0);
  });

  test('any other failure is thrown, with what was deleted before', () => {
    const error = throwsBpfError(
      () => openMap('array').deleteBatch(u32(0), 1),
      'ENOTSUPP',
      'BPF_MAP_DELETE_BATCH',
    );
    assert.equal(error.written, 0);
  });
});
