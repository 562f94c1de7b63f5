/** A caller's mistake about bytes is an exception; it never reads or writes memory that is not meant. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BpfMap } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsRange, throwsType } from './support/expect.ts';
import { fill, loadKit, u32, u64 } from './support/kit.ts';

const skip = needs('bpf');

function openMap(name: string): BpfMap {
  const object = loadKit();
  const map = object.map(name);
  object.close();
  return map;
}

describe('sizes', { skip }, () => {
  const key = u32(1);
  const value = u64(1n);
  const wrongKey = 'key: expected 4 bytes, got';
  const cases: [string, (map: BpfMap) => unknown, string][] = [
    ['get, short key', (map) => map.get(new Uint8Array(3)), `${wrongKey} 3`],
    ['get, long key', (map) => map.get(new Uint8Array(5)), `${wrongKey} 5`],
    ['get, no key', (map) => map.get(new Uint8Array()), `${wrongKey} 0`],
    ['set, short key', (map) => map.set(new Uint8Array(3), value), `${wrongKey} 3`],
    ['set, short value', (map) => map.set(key, new Uint8Array(7)), 'value: expected 8 bytes, got 7'],
    ['set, long value', (map) => map.set(key, new Uint8Array(9)), 'value: expected 8 bytes, got 9'],
    ['delete', (map) => map.delete(new Uint8Array(3)), `${wrongKey} 3`],
    ['nextKey', (map) => map.nextKey(new Uint8Array(3)), `${wrongKey} 3`],
    [
      'updateBatch, keys',
      (map) => map.updateBatch(new Uint8Array(7), new Uint8Array(16), 2),
      'keys: expected at least 2 * 4 bytes, got 7',
    ],
    [
      'updateBatch, values',
      (map) => map.updateBatch(new Uint8Array(8), new Uint8Array(15), 2),
      'values: expected at least 2 * 8 bytes, got 15',
    ],
    [
      'lookupBatch, keys',
      (map) => map.lookupBatch(new Uint8Array(7), new Uint8Array(16), 2),
      'keys: expected at least 2 * 4 bytes, got 7',
    ],
    [
      'lookupBatch, values',
      (map) => map.lookupBatch(new Uint8Array(8), new Uint8Array(15), 2),
      'values: expected at least 2 * 8 bytes, got 15',
    ],
    [
      'lookupBatch, nothing',
      (map) => map.lookupBatch(new Uint8Array(8), new Uint8Array(16), 0),
      'count: expected an integer from 1 to 4294967295, got 0',
    ],
    [
      'deleteBatch',
      (map) => map.deleteBatch(new Uint8Array(7), 2),
      'keys: expected at least 2 * 4 bytes, got 7',
    ],
    [
      'a product that wraps around in 32 bits',
      (map) => map.deleteBatch(new Uint8Array(4), 0x4000_0001),
      'keys: expected at least 1073741825 * 4 bytes, got 4',
    ],
    [
      'a count that is no integer',
      (map) => map.deleteBatch(new Uint8Array(8), 1.5),
      'count: expected an integer from 0 to 4294967295, got 1.5',
    ],
    [
      'a count that is too large',
      (map) => map.updateBatch(new Uint8Array(8), new Uint8Array(16), 2 ** 32),
      'count: expected an integer from 0 to 4294967295, got 4294967296',
    ],
  ];
  for (const [name, action, message] of cases) {
    test(name, () => {
      const map = openMap('hash');
      throwsRange(() => action(map), message);
      assert.equal(map.nextKey(), undefined, 'nothing reached the map');
    });
  }

  test('of per-CPU maps, the values of all CPUs count', () => {
    const map = openMap('percpu_hash');
    const { lookupSize } = map.info;
    throwsRange(() => map.set(key, new Uint8Array(4)), `value: expected ${lookupSize} bytes, got 4`);
    throwsRange(
      () => map.lookupBatch(new Uint8Array(8), new Uint8Array(2 * lookupSize - 1), 2),
      `values: expected at least 2 * ${lookupSize} bytes, got ${2 * lookupSize - 1}`,
    );
  });
});

describe('types', { skip }, () => {
  const lookAlikes: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['a string', 'abcd'],
    ['an array', [1, 2, 3, 4]],
    ['an ArrayBuffer', new ArrayBuffer(4)],
    ['a DataView', new DataView(new ArrayBuffer(4))],
    ['a typed array of other items', new Uint32Array(1)],
    ['a clamped array', new Uint8ClampedArray(4)],
    ['a proxy', new Proxy(new Uint8Array(4), {})],
    ['an impostor', Object.create(Uint8Array.prototype)],
  ];
  for (const [name, lookAlike] of lookAlikes) {
    test(`${name} is no Uint8Array`, () => {
      const map = openMap('hash');
      throwsType(() => map.get(lookAlike as Uint8Array), 'key must be a Uint8Array');
      throwsType(() => map.set(u32(1), lookAlike as Uint8Array), 'value must be a Uint8Array');
      throwsType(() => map.deleteBatch(lookAlike as Uint8Array, 1), 'keys must be a Uint8Array');
    });
  }

  test('a Buffer is one', () => {
    const map = openMap('hash');
    map.set(Buffer.from(u32(1)), Buffer.from(u64(2n)));
    assert.deepEqual(map.get(Buffer.from(u32(1))), u64(2n));
  });

  test('methods want an object of their own class', () => {
    const map = openMap('hash');
    for (const other of [undefined, {}, Object.create(BpfMap.prototype), loadKit()]) {
      assert.throws(() => BpfMap.prototype.get.call(other, u32(1)), TypeError);
    }
    assert.equal(BpfMap.prototype.get.call(map, u32(1)), undefined);
  });
});

describe('memory', { skip }, () => {
  test('a view is read and written in its own bounds', () => {
    const map = openMap('hash');
    fill(map, 4);
    const memory = new Uint8Array(200).fill(0xaa);
    const keys = memory.subarray(11, 11 + 16);
    const values = memory.subarray(61, 61 + 32);
    assert.equal(map.lookupBatch(keys, values, 4).count, 4);
    const untouched = [...memory.subarray(0, 11), ...memory.subarray(27, 61), ...memory.subarray(93)];
    assert(untouched.every((byte) => byte === 0xaa));
    assert.equal(map.deleteBatch(keys, 4), 4);
  });

  test('count bounds what is written', () => {
    const map = openMap('array');
    const keys = new Uint8Array(64).fill(0xaa);
    const values = new Uint8Array(64).fill(0xaa);
    assert.equal(map.lookupBatch(keys, values, 3).count, 3);
    assert([...keys.subarray(12), ...values.subarray(24)].every((byte) => byte === 0xaa));
  });

  test('a detached array has no bytes', () => {
    const map = openMap('hash');
    const key = new Uint8Array(new ArrayBuffer(4));
    key.buffer.transfer();
    throwsRange(() => map.get(key), 'key: expected 4 bytes, got 0');
    throwsRange(() => map.deleteBatch(key, 1), 'keys: expected at least 1 * 4 bytes, got 0');
  });

  test('an array of a buffer that shrank has the bytes that are left', () => {
    const map = openMap('hash');
    const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
    const tracking = new Uint8Array(buffer, 4);
    const fixed = new Uint8Array(buffer, 4, 4);
    assert.equal(map.get(tracking), undefined);
    buffer.resize(6);
    throwsRange(() => map.get(tracking), 'key: expected 4 bytes, got 2');
    throwsRange(() => map.get(fixed), 'key: expected 4 bytes, got 0');
    buffer.resize(0);
    throwsRange(() => map.get(tracking), 'key: expected 4 bytes, got 0');
    buffer.resize(8);
    assert.equal(map.get(fixed), undefined);
  });

  test('shared memory does', () => {
    const map = openMap('hash');
    const key = new Uint8Array(new SharedArrayBuffer(4));
    const values = new Uint8Array(new SharedArrayBuffer(8));
    map.set(key, u64(9n));
    assert.deepEqual(map.get(key), u64(9n));
    assert.equal(map.lookupBatch(new Uint8Array(4), values, 1).count, 1);
    assert.equal(values[0], 9);
  });
});
