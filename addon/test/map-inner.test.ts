import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BpfMap, BpfObject, MAP_FLAG_INNER_MAP } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from './support/expect.ts';
import { loadKit, NESTED_PATH, readU32, u32, u64 } from './support/kit.ts';
import {
  LINE_SIZE,
  loadNested,
  lookThrough,
  makeLines,
  NO_ENTRY,
  NO_MAP,
  openNested,
} from './support/nested.ts';

const skip = needs('bpf');
const slot = u32(0);

function createArray(name: string, changes: Partial<Parameters<typeof BpfMap.create>[0]>): BpfMap {
  return BpfMap.create({
    type: 'array',
    name,
    keySize: 4,
    valueSize: LINE_SIZE,
    maxEntries: 1,
    flags: MAP_FLAG_INNER_MAP,
    ...changes,
  });
}

describe('an object with maps in maps', { skip }, () => {
  test('loads, with empty slots', () => {
    const object = loadNested();
    assert.deepEqual(object.mapNames().sort(), ['outer', 'outer_hash']);
    assert.equal(object.map('outer').info.type, 'array_of_maps');
    assert.equal(object.map('outer_hash').info.type, 'hash_of_maps');
    assert.equal(lookThrough(object.program('look'), 0, 0), NO_MAP);
    object.close();
  });

  test('takes the outer map of another, with what is in it', async () => {
    const { outer } = openNested();
    await outer.setInner(slot, makeLines(2, 70));
    const object = BpfObject.open(NESTED_PATH);
    object.reuseMap('outer', outer);
    object.load();
    assert.equal(lookThrough(object.program('look'), 0, 1), 71);
    object.close();
  });
});

describe('setInner', { skip }, () => {
  test('when it is done, the program sees the new map', async () => {
    const { outer, look } = openNested();
    for (const first of [10, 20, 30]) {
      assert.equal(await outer.setInner(slot, makeLines(1, first)), undefined);
      assert.equal(look(0, 0), first);
    }
    assert.equal(look(1, 0), NO_MAP, 'the other slot');
  });

  test('until then it sees the old one or the new one, and never none', async () => {
    const { outer, look } = openNested();
    const maps = [makeLines(1, 1), makeLines(1, 2)] as const;
    await outer.setInner(slot, maps[0]);
    const seen = new Set<number>();
    for (let round = 1; round <= 20; round++) {
      let isDone = false;
      const done = outer.setInner(slot, maps[round % 2]!).finally(() => {
        isDone = true;
      });
      while (!isDone) {
        seen.add(look(0, 0));
        await nextTurn();
      }
      await done;
      seen.add(look(0, 0));
    }
    assert.deepEqual([...seen].sort(), [1, 2]);
  });

  test('arrays that are inner maps may differ in capacity', async () => {
    const { outer, look } = openNested();
    for (const count of [1, 1000, 3]) {
      await outer.setInner(slot, makeLines(count, 50));
      assert.equal(look(0, count - 1), 50 + count - 1);
      assert.equal(look(0, count), NO_ENTRY);
    }
  });

  test('what is written later into the map is seen too', async () => {
    const { outer, look } = openNested();
    const lines = makeLines(1, 5);
    await outer.setInner(slot, lines);
    lines.set(u32(0), u64(0n, 0n, 0n, 0n, 0n, 0n, 0n, 6n));
    assert.equal(look(0, 0), 6);
  });

  test('the inner map lives on in the slot when its handle is closed', async () => {
    const { outer, look } = openNested();
    const lines = makeLines(2, 8);
    await outer.setInner(slot, lines);
    lines.close();
    assert.equal(look(0, 1), 9);
    assert.equal(readU32(outer.get(slot)!), lines.info.id, 'get() tells the id');
  });

  test('goes on when both handles are closed meanwhile', async () => {
    const object = loadNested();
    const outer = object.map('outer');
    const lines = makeLines(1, 33);
    const done = outer.setInner(slot, lines);
    outer.close();
    lines.close();
    await done;
    assert.equal(lookThrough(object.program('look'), 0, 0), 33);
    object.close();
  });

  test('keeps no hold on the bytes of the key', async () => {
    const { outer, look } = openNested();
    const key = u32(1);
    const done = outer.setInner(key, makeLines(1, 4));
    key.fill(0);
    await done;
    assert.deepEqual([look(0, 0), look(1, 0)], [NO_MAP, 4]);
  });

  test('undefined empties the slot, and an empty one stays so', async () => {
    const { outer, look } = openNested();
    await outer.setInner(slot, makeLines(1, 1));
    for (const _ of ['full', 'empty']) {
      await outer.setInner(slot, undefined);
      assert.equal(look(0, 0), NO_MAP);
      assert.equal(outer.get(slot), undefined);
    }
    await outer.setInner(slot, makeLines(1, 2));
    assert.equal(look(0, 0), 2);
  });

  test('a hash of maps, with hashes in it', async () => {
    const { outer, look } = openNested('outer_hash');
    const inner = BpfMap.create({ type: 'hash', name: 'inner', keySize: 4, valueSize: 8, maxEntries: 100 });
    inner.set(u32(7), u64(70n));
    await outer.setInner(u32(1234), inner);
    inner.close();
    assert.deepEqual([look(1234, 7), look(1234, 8), look(1, 7)], [70, NO_ENTRY, NO_MAP]);
    await outer.setInner(u32(1234), undefined);
    await outer.setInner(u32(1234), undefined);
    assert.equal(look(1234, 7), NO_MAP);
  });
});

describe('setInner refuses', { skip }, () => {
  const misfits: [string, Parameters<typeof createArray>[1]][] = [
    ['another value size', { valueSize: 32 }],
    ['other flags', { flags: 0, maxEntries: 1 }],
    ['another type', { type: 'hash', flags: 0 }],
  ];
  for (const [says, changes] of misfits) {
    test(`a map of ${says}, and leaves the one that is there`, async () => {
      const { outer, look } = openNested();
      await outer.setInner(slot, makeLines(1, 11));
      await assert.rejects(outer.setInner(slot, createArray('misfit', changes)), {
        name: 'Error',
        code: 'EINVAL',
        errno: -22,
        syscall: 'BPF_MAP_UPDATE_ELEM',
        message: /^EINVAL: map 'misfit' is not what 'outer' takes: another type, key size, value size, /,
      });
      assert.equal(look(0, 0), 11);
    });
  }

  test('a slot that is not there', async () => {
    const { outer } = openNested();
    const error = { code: 'E2BIG', message: /'outer'$/ };
    await assert.rejects(outer.setInner(u32(2), makeLines(1)), { ...error, syscall: 'BPF_MAP_UPDATE_ELEM' });
    await assert.rejects(outer.setInner(u32(2), undefined), { ...error, syscall: 'BPF_MAP_DELETE_ELEM' });
  });

  test('a map that holds bytes', () => {
    const lines = makeLines(1);
    const error = throwsBpfError(() => lines.setInner(slot, makeLines(1)), 'EINVAL', 'BpfMap.setInner');
    assert.match(error.message, /map 'lines' holds bytes and no maps/);
  });

  test('what is no key, and what is no map', () => {
    const { outer } = openNested();
    throwsRange(() => outer.setInner(new Uint8Array(8), undefined), 'key: expected 4 bytes, got 8');
    throwsType(() => outer.setInner([0] as unknown as Uint8Array, undefined), 'key must be a Uint8Array');
    for (const other of [null, 3, {}, loadKit(), Object.create(BpfMap.prototype)]) {
      throwsType(() => outer.setInner(slot, other as BpfMap), 'inner must be a BpfMap');
    }
  });

  test('handles that are closed', () => {
    const { outer } = openNested();
    const lines = makeLines(1);
    lines.close();
    throwsClosed(() => outer.setInner(slot, lines), 'BpfMap.setInner');
    outer.close();
    throwsClosed(() => outer.setInner(slot, makeLines(1)), 'BpfMap.setInner');
    throwsClosed(() => outer.setInner(slot, undefined), 'BpfMap.setInner');
  });
});

test('bytes do not go into an outer map: the kernel would take them for a descriptor', { skip }, async () => {
  const { outer, look } = openNested();
  await outer.setInner(slot, makeLines(1, 1));
  const id = outer.get(slot)!;
  throwsBpfError(() => outer.set(u32(1), id), 'EINVAL', 'BpfMap.set');
  const error = throwsBpfError(() => outer.updateBatch(u32(1), id, 1), 'EINVAL', 'BpfMap.updateBatch');
  assert.match(error.message, /map 'outer' holds maps: use setInner\(\)/);
  assert.equal(look(1, 0), NO_MAP);
});
