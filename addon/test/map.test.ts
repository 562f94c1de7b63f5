import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BpfMap, BpfProgram, possibleCpus } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from './support/expect.ts';
import { fill, loadKit, range, readU32, u32, u64 } from './support/kit.ts';
import { makePinDirectory } from './support/pin-directory.ts';

const skip = needs('bpf');

function openMap(name: string): BpfMap {
  const object = loadKit();
  const map = object.map(name);
  object.close();
  return map;
}

describe('what a map says of itself', { skip }, () => {
  test('a hash', () => {
    const { id, ...info } = openMap('hash').info;
    assert(id > 0);
    assert.deepEqual(info, {
      name: 'hash',
      type: 'hash',
      keySize: 4,
      valueSize: 8,
      lookupSize: 8,
      maxEntries: 1024,
      flags: 0,
    });
  });

  for (const name of ['percpu_hash', 'percpu_array']) {
    test(`${name}: a lookup has eight bytes for each CPU`, () => {
      const { info } = openMap(name);
      assert.equal(info.type, name);
      assert.deepEqual([info.valueSize, info.lookupSize], [4, possibleCpus() * 8]);
    });
  }

  test('types and flags', () => {
    assert.equal(openMap('lpm_trie').info.type, 'lpm_trie');
    assert.equal(openMap('lpm_trie').info.flags, 1, 'BPF_F_NO_PREALLOC');
    assert.equal(openMap('events').info.type, 'ringbuf');
  });

  test('is not to be changed, and can be read after close()', () => {
    const map = openMap('hash');
    map.close();
    assert.equal(map.info.keySize, 4);
    assert(Object.isFrozen(map.info));
    assert.throws(() => Object.assign(map, { info: {} }), TypeError);
  });
});

describe('single entries', { skip }, () => {
  test('what is set is got, until it is deleted', () => {
    const map = openMap('hash');
    assert.equal(map.get(u32(1)), undefined);
    map.set(u32(1), u64(0x0102_0304_0506_0708n));
    assert.deepEqual(map.get(u32(1)), u64(0x0102_0304_0506_0708n));
    assert.equal(map.delete(u32(1)), true);
    assert.equal(map.delete(u32(1)), false);
    assert.equal(map.get(u32(1)), undefined);
  });

  test('every get is an array of its own', () => {
    const map = openMap('hash');
    map.set(u32(1), u64(5n));
    const first = map.get(u32(1))!;
    map.set(u32(1), u64(6n));
    assert.deepEqual(first, u64(5n));
    assert.equal(first.buffer.byteLength, 8);
  });

  test('modes', () => {
    const map = openMap('hash');
    throwsBpfError(() => map.set(u32(1), u64(1n), 'update'), 'ENOENT', 'BPF_MAP_UPDATE_ELEM');
    map.set(u32(1), u64(1n), 'create');
    const error = throwsBpfError(() => map.set(u32(1), u64(1n), 'create'), 'EEXIST', 'BPF_MAP_UPDATE_ELEM');
    assert.match(error.message, /'hash'$/);
    map.set(u32(1), u64(2n), 'update');
    map.set(u32(1), u64(3n), 'any');
    assert.deepEqual(map.get(u32(1)), u64(3n));
    throwsType(
      () => map.set(u32(1), u64(1n), 'upsert' as unknown as 'any'),
      "mode must be 'any', 'create' or 'update', not 'upsert'",
    );
  });

  test('odd sizes', () => {
    const map = openMap('odd_hash');
    map.set(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3, 4, 5));
    assert.deepEqual(map.get(Uint8Array.of(1, 2, 3)), Uint8Array.of(1, 2, 3, 4, 5));
    assert.equal(map.get(Uint8Array.of(1, 2, 4)), undefined);
  });

  test('per-CPU values are read and written for all CPUs at once', () => {
    const map = openMap('percpu_array');
    const value = new Uint8Array(possibleCpus() * 8);
    for (const cpu of range(possibleCpus())) value.set(u32(100 + cpu), cpu * 8);
    map.set(u32(2), value);
    assert.deepEqual(map.get(u32(2)), value);
  });

  test('longest prefix', () => {
    const map = openMap('lpm_trie');
    map.set(new Uint8Array([...u32(8), 10, 0, 0, 0]), u32(8));
    map.set(new Uint8Array([...u32(16), 10, 1, 0, 0]), u32(16));
    assert.equal(readU32(map.get(new Uint8Array([...u32(32), 10, 1, 2, 3]))!), 16);
    assert.equal(readU32(map.get(new Uint8Array([...u32(32), 10, 2, 2, 3]))!), 8);
    assert.equal(map.get(new Uint8Array([...u32(32), 11, 0, 0, 0])), undefined);
  });

  test('a queue has keys of no bytes', () => {
    const map = openMap('queue');
    map.set(new Uint8Array(), u32(7));
    assert.deepEqual(map.get(new Uint8Array()), u32(7));
    throwsRange(() => map.get(u32(1)), 'key: expected 0 bytes, got 4');
  });

  test("the kernel's refusals come through", () => {
    throwsBpfError(() => openMap('array').delete(u32(0)), 'EINVAL', 'BPF_MAP_DELETE_ELEM');
    throwsBpfError(() => openMap('array').set(u32(8), u64(0n)), 'E2BIG', 'BPF_MAP_UPDATE_ELEM');
    throwsBpfError(() => openMap('events').nextKey(), 'ENOTSUPP', 'BPF_MAP_GET_NEXT_KEY');
  });
});

describe('keys', { skip }, () => {
  test('one after the other', () => {
    const map = openMap('array');
    assert.deepEqual(map.nextKey(), u32(0));
    assert.deepEqual(map.nextKey(u32(6)), u32(7));
    assert.equal(map.nextKey(u32(7)), undefined);
    assert.equal(openMap('hash').nextKey(), undefined);
  });

  test('all of them, once', () => {
    const map = openMap('hash');
    fill(map, 500);
    const keys = [...map.keys()].map(readU32).sort((a, b) => a - b);
    assert.deepEqual(keys, range(500));
    assert.deepEqual([...openMap('hash').keys()], []);
  });

  test('each may be deleted while it is in hand', () => {
    const map = openMap('hash');
    fill(map, 500);
    let deleted = 0;
    for (const key of map.keys()) deleted += Number(map.delete(key));
    assert.equal(deleted, 500);
    assert.equal(map.nextKey(), undefined);
  });

  test('end, even when every step adds another and takes the one ahead away', () => {
    const map = openMap('hash');
    fill(map, 10);
    let steps = 0;
    let next = 10;
    for (const key of map.keys()) {
      steps++;
      const ahead = map.nextKey(key);
      if (ahead) map.delete(ahead);
      map.set(u32(next++ % 1000), u64(0n));
    }
    assert(steps >= 1 && steps <= map.info.maxEntries);
  });
});

describe('counting', { skip }, () => {
  for (const name of ['hash', 'lru_hash', 'percpu_hash']) {
    test(name, async () => {
      const map = openMap(name);
      assert.equal(await map.count(), 0);
      for (const index of range(50)) map.set(u32(index), new Uint8Array(map.info.lookupSize));
      assert.equal(await map.count(), 50);
    });
  }

  test('lpm_trie', async () => {
    const map = openMap('lpm_trie');
    assert.equal(await map.count(), 0);
    for (const index of range(20)) map.set(new Uint8Array([...u32(32), 10, 0, 0, index]), u32(1));
    assert.equal(await map.count(), 20);
  });

  test('a full map', async () => {
    const map = openMap('hash');
    fill(map, 1024);
    assert.equal(await map.count(), 1024);
  });

  test('goes on when the map is closed meanwhile', async () => {
    const map = openMap('hash');
    fill(map, 100);
    const count = map.count();
    map.close();
    assert.equal(await count, 100);
    throwsClosed(() => map.count(), 'BpfMap.count');
  });

  test('ends on a map that changes, and never exceeds its capacity', async () => {
    const map = openMap('lpm_trie');
    let counting = true;
    const count = Promise.all(range(200).map(() => map.count())).finally(() => {
      counting = false;
    });
    for (let step = 0; counting; step++) {
      const key = new Uint8Array([...u32(32), 10, 0, 0, step % 60]);
      if (step % 3 === 0) map.delete(key);
      else map.set(key, u32(step));
      if (step % 100 === 0) await new Promise(setImmediate);
    }
    for (const counted of await count) assert(counted <= 64, `${counted} of 64`);
  });

  test('a map without keys is refused', async () => {
    await assert.rejects(openMap('events').count(), { code: 'ENOTSUPP', syscall: 'BPF_MAP_GET_NEXT_KEY' });
  });
});

describe('descriptors of maps', { skip }, () => {
  test('open the same map again, and need not stay open', () => {
    const map = openMap('hash');
    const again = BpfMap.fromFd(map.fd());
    map.set(u32(1), u64(2n));
    map.close();
    assert.deepEqual(again.get(u32(1)), u64(2n));
    assert.equal(again.info.id, map.info.id);
    throwsClosed(() => map.fd(), 'BpfMap.fd');
  });

  test('of something else are refused', () => {
    const file = openSync('/dev/null', 'r');
    const error = throwsBpfError(() => BpfMap.fromFd(file), 'EINVAL', 'fcntl');
    assert.match(error.message, /is \/dev\/null and not bpf-map/);
    closeSync(file);
    throwsBpfError(() => BpfMap.fromFd(2 ** 31 - 1), 'EBADF', 'fcntl');
  });
});

describe('pins of maps', { skip: needs('bpf', 'bpffs') }, () => {
  test('keep it, with its entries', () => {
    using directory = makePinDirectory();
    const path = join(directory.path, 'map');
    const map = openMap('hash');
    map.set(u32(1), u64(2n));
    map.pin(path);
    map.close();
    const again = BpfMap.openPinned(path);
    assert.deepEqual(again.get(u32(1)), u64(2n));
    assert.equal(again.info.name, 'hash');
    assert.equal(again.info.id, map.info.id);
    throwsBpfError(() => again.pin(path), 'EEXIST', 'bpf_obj_pin');
  });

  test('a pin of something else is no map', () => {
    using directory = makePinDirectory();
    const path = join(directory.path, 'pin');
    const object = loadKit();
    object.program('pass').pin(path);
    const error = throwsBpfError(() => BpfMap.openPinned(path), 'EINVAL', 'bpf_obj_get');
    assert.match(error.message, /bpf-prog and not bpf-map/);
    assert.equal(BpfProgram.openPinned(path).name, 'pass');
    throwsBpfError(() => BpfMap.openPinned(join(directory.path, 'nothing')), 'ENOENT', 'bpf_obj_get');
    object.close();
  });
});

test('nothing works after close(), except close()', { skip }, () => {
  const map = openMap('hash');
  map.close();
  map.close();
  throwsClosed(() => map.get(u32(1)), 'BpfMap.get');
  throwsClosed(() => map.set(u32(1), u64(1n)), 'BpfMap.set');
  throwsClosed(() => map.delete(u32(1)), 'BpfMap.delete');
  throwsClosed(() => map.nextKey(), 'BpfMap.nextKey');
  throwsClosed(() => [...map.keys()], 'BpfMap.nextKey');
  throwsClosed(() => map.updateBatch(u32(1), u64(1n), 1), 'BpfMap.updateBatch');
  throwsClosed(() => map.lookupBatch(u32(1), u64(1n), 1), 'BpfMap.lookupBatch');
  throwsClosed(() => map.deleteBatch(u32(1), 1), 'BpfMap.deleteBatch');
  throwsClosed(() => map.count(), 'BpfMap.count');
  throwsClosed(() => map.mmap(), 'BpfMap.mmap');
  throwsClosed(() => map.setInner(u32(0), undefined), 'BpfMap.setInner');
  throwsClosed(() => map.pin('/sys/fs/bpf/never'), 'BpfMap.pin');
});
