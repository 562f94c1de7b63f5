import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BpfMap, MAP_FLAG_INNER_MAP } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsRange, throwsType } from './support/expect.ts';
import { range, u32, u64 } from './support/kit.ts';
import { LINE_SIZE, LINE_WORDS, makeLines } from './support/nested.ts';

const skip = needs('bpf');

type Options = Parameters<typeof BpfMap.create>[0];
const options: Options = { type: 'hash', name: 'made', keySize: 4, valueSize: 8, maxEntries: 16 };

function create(changes: Record<string, unknown> = {}): BpfMap {
  return BpfMap.create({ ...options, ...changes } as Options);
}

describe('a map that is made', { skip }, () => {
  test('is what was asked for', () => {
    const { id, ...info } = create({ type: 'array', name: 'a.Name_15_bytes', maxEntries: 3 }).info;
    assert(id > 0);
    assert.deepEqual(info, {
      name: 'a.Name_15_bytes',
      type: 'array',
      keySize: 4,
      valueSize: 8,
      lookupSize: 8,
      maxEntries: 3,
      flags: 0,
    });
    assert.equal(create().info.type, 'hash');
  });

  test('holds what is put in', async () => {
    const map = create();
    map.updateBatch(u32(1, 2, 3), u64(10n, 20n, 30n), 3);
    assert.deepEqual(map.get(u32(2)), u64(20n));
    assert.equal(await map.count(), 3);
  });

  test('takes flags', () => {
    const flags = 1; // BPF_F_NO_PREALLOC
    assert.equal(create({ flags }).info.flags, flags);
    assert.equal(create({ flags: undefined }).info.flags, 0);
    assert.equal(create({ type: 'array', flags: MAP_FLAG_INNER_MAP }).info.flags, MAP_FLAG_INNER_MAP);
  });

  test('also as an inner map is written and read in batches', () => {
    const count = 300;
    const map = makeLines(count, 1000);
    const keys = new Uint8Array(count * 4);
    const values = new BigUint64Array(count * LINE_WORDS);
    const answer = map.lookupBatch(keys, new Uint8Array(values.buffer), count);
    assert.equal(answer.count, count);
    assert.equal(map.info.valueSize, LINE_SIZE);
    assert.deepEqual(keys, u32(...range(count)));
    const lastWords = range(count).map((line) => Number(values[line * LINE_WORDS + LINE_WORDS - 1]));
    assert.deepEqual(
      lastWords,
      range(count).map((line) => 1000 + line),
    );
  });

  test('is one of its own each time', () => {
    const [first, second] = [create(), create()];
    assert.notEqual(first.info.id, second.info.id);
    first.set(u32(1), u64(1n));
    assert.equal(second.get(u32(1)), undefined);
  });
});

describe('a map is not made', { skip }, () => {
  const number = 'expected an integer from 1 to 4294967295, got';
  const name = "name: expected 1 to 15 letters, digits, '_' and '.', got";
  const ranges: [string, Record<string, unknown>, string][] = [
    ['without bytes for a key', { keySize: 0 }, `keySize: ${number} 0`],
    ['without bytes for a value', { valueSize: 0 }, `valueSize: ${number} 0`],
    ['without room for an entry', { maxEntries: 0 }, `maxEntries: ${number} 0`],
    ['with half a byte', { valueSize: 1.5 }, `valueSize: ${number} 1.5`],
    ['beyond 32 bits', { maxEntries: 2 ** 32 }, `maxEntries: ${number} 4294967296`],
    ['with flags below 0', { flags: -1 }, 'flags: expected an integer from 0 to 4294967295, got -1'],
    ['without a name', { name: '' }, `${name} ''`],
    ['with a longer name than the kernel keeps', { name: 'sixteen_letters_' }, `${name} 'sixteen_letters_'`],
    ['with a name of few letters but many bytes', { name: 'ääääääää' }, `${name} 'ääääääää'`],
    ['with a name that the kernel refuses', { name: 'a-b' }, `${name} 'a-b'`],
  ];
  for (const [says, changes, message] of ranges) {
    test(says, () => throwsRange(() => create(changes), message));
  }

  const types: [string, Record<string, unknown>, string][] = [
    ['of another type', { type: 'ringbuf' }, "type must be 'array' or 'hash', not 'ringbuf'"],
    ['without a type', { type: undefined }, 'type must be a string'],
    ['with NUL in its name', { name: 'a\0b' }, 'name must not contain NUL characters'],
    ['without a size', { keySize: undefined }, 'keySize must be a number'],
    ['with a size in words', { maxEntries: '16' }, 'maxEntries must be a number'],
  ];
  for (const [says, changes, message] of types) {
    test(says, () => throwsType(() => create(changes), message));
  }

  test('without options', () => {
    throwsType(() => BpfMap.create(undefined as unknown as Options), 'options must be an object');
  });

  test("against the kernel's will: the error names it", () => {
    const error = throwsBpfError(() => create({ flags: 0x8000_0000 }), 'EINVAL', 'BPF_MAP_CREATE');
    assert.match(error.message, /BPF_MAP_CREATE 'made'$/);
    throwsBpfError(() => create({ type: 'array', keySize: 8 }), 'EINVAL', 'BPF_MAP_CREATE');
    throwsBpfError(() => create({ flags: MAP_FLAG_INNER_MAP }), 'EINVAL', 'BPF_MAP_CREATE');
  });
});
