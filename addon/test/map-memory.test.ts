import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BpfMap } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsClosed } from './support/expect.ts';
import { loadKit, SMALLEST_PACKET, u32 } from './support/kit.ts';
import { succeed } from './support/scenario.ts';

const skip = needs('bpf');
const STRIDE = 16; // struct triple has 12 bytes.

function openMap(name: string): BpfMap {
  const object = loadKit();
  const map = object.map(name);
  object.close();
  return map;
}

describe('shared memory of a map', { skip }, () => {
  test('what is written on one side is read on the other', () => {
    const map = openMap('shared_array');
    const memory = new Uint32Array(map.mmap());
    assert.equal(memory.byteLength, STRIDE * 8);
    map.set(u32(2), u32(7, 8, 9));
    assert.deepEqual([...memory.subarray((2 * STRIDE) / 4, (2 * STRIDE) / 4 + 4)], [7, 8, 9, 0]);
    memory.set([1, 2, 3], (5 * STRIDE) / 4);
    assert.deepEqual(map.get(u32(5)), u32(1, 2, 3));
  });

  test('a program sees it at once', () => {
    const object = loadKit();
    const memory = new Uint32Array(object.map('shared_array').mmap());
    memory[0] = 40;
    object.program('tally').testRun({ data: new Uint8Array(SMALLEST_PACKET), repeat: 2 });
    assert.equal(memory[0], 42);
    object.close();
  });

  test('is the same at every call, and goes on after close()', () => {
    const object = loadKit();
    const map = object.map('shared_array');
    const witness = object.map('shared_array');
    const memory = map.mmap();
    assert.equal(map.mmap(), memory);
    map.close();
    object.close();
    new Uint32Array(memory)[0] = 77;
    assert.deepEqual(witness.get(u32(0)), u32(77, 0, 0));
    throwsClosed(() => map.mmap(), 'BpfMap.mmap');
  });

  test('is mapped anew when somebody has taken it away', () => {
    const map = openMap('shared_array');
    const taken = map.mmap().transfer();
    const again = new Uint32Array(map.mmap());
    again[0] = 5;
    assert.deepEqual(map.get(u32(0)), u32(5, 0, 0));
    assert.equal(taken.byteLength, STRIDE * 8);
  });

  test('data of the object has it too', () => {
    const object = loadKit();
    const name = object.mapNames().find((candidate) => candidate.endsWith('.bss'));
    assert(name);
    assert.equal(new BigUint64Array(object.map(name).mmap())[0], 0n);
    object.close();
  });

  test('maps that cannot share theirs are refused', () => {
    for (const name of ['hash', 'array', 'percpu_array', 'events']) {
      const error = throwsBpfError(() => openMap(name).mmap(), 'EINVAL', 'mmap');
      assert.match(error.message, new RegExp(`map '${name}' is not an array made with BPF_F_MMAPABLE`));
    }
  });

  test('maps that must not be written are refused: a write would kill the process', () => {
    const frozen = throwsBpfError(() => openMap('.rodata').mmap(), 'EPERM', 'mmap');
    assert.match(frozen.message, /map 'kit\.rodata' is frozen or read-only/);
    const readOnly = throwsBpfError(() => openMap('readonly_array').mmap(), 'EACCES', 'mmap');
    assert.match(readOnly.message, /map 'readonly_array' is frozen or read-only/);
  });

  test('the mapping goes when the buffer is collected, and not before', () => {
    succeed('memory', 'unmapsWhenCollected');
  });
});
