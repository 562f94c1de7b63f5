import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BpfMap, RingBuffer } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from './support/expect.ts';
import { loadKit, openRing, RECORD_SIZE } from './support/kit.ts';
import { waitUntil } from './support/wait.ts';

const skip = needs('bpf');

describe('closing', { skip }, () => {
  test('inside onBatch, from the loop', async () => {
    const kit = openRing(2, () => kit.ring.close());
    kit.emit(10);
    await waitUntil(() => kit.batches.length > 0);
    await nextTurn();
    assert.deepEqual(kit.batches, [[0, 1]]);
    kit.close();
  });

  test('inside onBatch, from drain()', () => {
    const kit = openRing(2, () => kit.ring.close());
    kit.emit(10);
    assert.equal(kit.ring.drain(), 2);
    assert.deepEqual(kit.batches, [[0, 1]]);
    kit.close();
  });

  test('in a microtask of onBatch, also by drain() there', async () => {
    const kit = openRing(2, () => {
      if (kit.batches.length === 1) queueMicrotask(() => kit.ring.drain());
      else kit.ring.close();
    });
    kit.emit(10);
    await waitUntil(() => kit.batches.length > 1);
    await nextTurn();
    assert.deepEqual(kit.batches, [
      [0, 1],
      [2, 3],
    ]);
    kit.close();
  });

  test('what is left in the ring is for the next reader', () => {
    const kit = openRing(2, () => kit.ring.close());
    kit.emit(5);
    kit.ring.drain();
    const seen: number[] = [];
    const next = new RingBuffer(kit.object.map('events'), { recordSize: RECORD_SIZE, maxBatch: 8 }, (count) =>
      seen.push(count),
    );
    assert.equal(next.drain(), 3);
    next.close();
    kit.close();
  });

  test('the map may be closed first', async () => {
    const object = loadKit();
    const map = object.map('events');
    let seen = 0;
    const ring = new RingBuffer(map, { recordSize: RECORD_SIZE, maxBatch: 8 }, (count) => {
      seen += count;
    });
    map.close();
    const program = object.program('emit');
    object.close();
    program.testRun({ data: new Uint8Array(Uint32Array.of(3, 0, 0, 0).buffer) });
    await waitUntil(() => seen === 3);
    ring.close();
  });

  test('nothing works after it, except close()', () => {
    const kit = openRing(2);
    kit.ring.close();
    kit.ring.close();
    throwsClosed(() => kit.ring.drain(), 'RingBuffer.drain');
    throwsClosed(() => kit.ring.ref(), 'RingBuffer.ref');
    throwsClosed(() => kit.ring.unref(), 'RingBuffer.unref');
    kit.close();
  });
});

describe('a buffer that somebody took away', { skip }, () => {
  test('closes the ring: drain() throws', () => {
    const kit = openRing(2);
    kit.ring.buffer.transfer();
    kit.emit(1);
    throwsBpfError(() => kit.ring.drain(), 'EFAULT', 'RingBuffer');
    throwsClosed(() => kit.ring.drain(), 'RingBuffer.drain');
    kit.close();
  });

  test('by a message to another thread, too', () => {
    const kit = openRing(2);
    structuredClone(kit.ring.buffer, { transfer: [kit.ring.buffer] });
    throwsBpfError(() => kit.ring.drain(), 'EFAULT', 'RingBuffer');
    kit.close();
  });
});

describe('arguments', { skip }, () => {
  type Options = ConstructorParameters<typeof RingBuffer>[1];
  const ignore = () => {};

  test('have types and ranges', () => {
    const object = loadKit();
    const map = object.map('events');
    const make =
      (options: unknown, callback: unknown = ignore) =>
      () =>
        new RingBuffer(map, options as Options, callback as (count: number) => void);
    throwsType(make(undefined), 'options must be an object');
    throwsType(make({}), 'recordSize must be a number');
    throwsType(make({ recordSize: 16 }), 'maxBatch must be a number');
    throwsType(make({ recordSize: 16, maxBatch: 1 }, 'f'), 'onBatch must be a function');
    throwsRange(make({ recordSize: 0, maxBatch: 1 }), /^recordSize: expected an integer from 1/);
    throwsRange(make({ recordSize: 16, maxBatch: 0 }), /^maxBatch: expected an integer from 1/);
    throwsRange(
      make({ recordSize: 0xffff_ffff, maxBatch: 0xffff_ffff }),
      'recordSize * maxBatch: expected at most 268435456 bytes, got 18446744065119617025',
    );
    throwsType(
      () => new RingBuffer({} as BpfMap, { recordSize: 1, maxBatch: 1 }, ignore),
      'map must be a BpfMap',
    );
    object.close();
  });

  test('a map that is no ring is refused', () => {
    const object = loadKit();
    const error = throwsBpfError(
      () => new RingBuffer(object.map('hash'), { recordSize: 16, maxBatch: 1 }, ignore),
      'EINVAL',
      'ring_buffer__new',
    );
    assert.match(error.log, /RINGBUF/);
    object.close();
  });

  test('a getter that closes the map is in time', () => {
    const object = loadKit();
    const map = object.map('events');
    const options = {
      recordSize: RECORD_SIZE,
      get maxBatch() {
        map.close();
        return 1;
      },
    };
    throwsClosed(() => new RingBuffer(map, options, ignore), 'BpfMap.RingBuffer');
    object.close();
  });
});
