import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BpfMap, RingBuffer } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from './support/expect.ts';
import { loadKit, MAX_EMIT, openRing, RECORD_SIZE, RING_BYTES, range } from './support/kit.ts';

const skip = needs('bpf');
const HEADER_SIZE = 8;
const RING_CAPACITY = RING_BYTES / (RECORD_SIZE + HEADER_SIZE);

async function waitUntil(isTrue: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !isTrue(); ) {
    assert(Date.now() < deadline, 'it never comes true');
    await nextTurn();
  }
}

describe('records from the event loop', { skip }, () => {
  for (const [maxBatch, batches] of [
    [1, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    [3, [3, 3, 3, 1]],
    [5, [5, 5]],
    [10, [10]],
    [11, [10]],
  ] as const) {
    test(`ten, at most ${maxBatch} at once: none is lost, none comes twice`, async () => {
      const kit = openRing(maxBatch);
      assert.equal(kit.emit(10), 0);
      await waitUntil(() => kit.batches.flat().length >= 10);
      assert.deepEqual(kit.batches.flat(), range(10));
      assert.deepEqual(
        kit.batches.map(({ length }) => length),
        batches,
      );
      kit.close();
    });
  }

  test('whole records', async () => {
    const kit = openRing(4);
    kit.emit(1);
    await waitUntil(() => kit.batches.length > 0);
    assert.deepEqual([...new Uint32Array(kit.ring.buffer, 0, 4)], [0, 0, 7, 7]);
    kit.close();
  });

  test('one batch a turn: other work of the loop gets its share', async () => {
    const turns: number[] = [];
    let turn = 0;
    const kit = openRing(10, () => turns.push(turn));
    kit.emit(100);
    await waitUntil(() => {
      turn++;
      return kit.batches.length >= 10;
    });
    assert.equal(new Set(turns).size, 10, `turns ${turns}`);
    kit.close();
  });

  test('all that a program writes while others are read', async () => {
    let left = 20;
    const kit = openRing(7, () => {
      if (left-- > 0) kit.emit(30);
    });
    kit.emit(1);
    await waitUntil(() => kit.batches.flat().length >= 601);
    assert.deepEqual(kit.batches.flat(), range(601));
    kit.close();
  });

  test('a ring that is full holds what it took; the rest was refused to the program', async () => {
    const kit = openRing(256);
    let refused = 0;
    for (let run = 0; refused === 0; run++) {
      assert(run * MAX_EMIT < 2 * RING_CAPACITY, 'the ring is never full');
      refused = kit.emit(MAX_EMIT);
    }
    const expected = Math.floor(RING_CAPACITY);
    await waitUntil(() => kit.batches.flat().length >= expected);
    await nextTurn();
    assert.deepEqual(kit.batches.flat(), range(expected));
    kit.close();
  });

  test('records of another size are counted, and passed over', async () => {
    const kit = openRing(8);
    assert.equal(kit.ring.oddRecords, 0);
    kit.emit(20, true);
    await waitUntil(() => kit.batches.flat().length >= 20);
    assert.deepEqual(kit.batches.flat(), range(20));
    assert.equal(kit.ring.oddRecords, 20);
    assert(
      kit.batches.every(({ length }) => length === 4),
      'odd records count for the limit of a turn',
    );
    kit.close();
    assert.equal(kit.ring.oddRecords, 20, 'the number stays after close()');
  });

  test('the buffer is the same for ever, and of the right size', async () => {
    const kit = openRing(6);
    const { buffer } = kit.ring;
    assert.equal(buffer.byteLength, 6 * RECORD_SIZE);
    kit.emit(2);
    await waitUntil(() => kit.batches.length > 0);
    assert.equal(kit.ring.buffer, buffer);
    kit.close();
  });

  test('microtasks and ticks run after each batch', async () => {
    const order: string[] = [];
    const kit = openRing(1, () => {
      order.push('batch');
      process.nextTick(() => order.push('tick'));
      queueMicrotask(() => order.push('microtask'));
    });
    kit.emit(2);
    await waitUntil(() => kit.batches.length === 2);
    assert.deepEqual(order, ['batch', 'tick', 'microtask', 'batch', 'tick', 'microtask']);
    kit.close();
  });

  test('two rings do not mix', async () => {
    const one = openRing(4);
    const other = openRing(4);
    one.emit(3);
    other.emit(5);
    await waitUntil(() => one.batches.flat().length >= 3 && other.batches.flat().length >= 5);
    assert.deepEqual([one.batches.flat(), other.batches.flat()], [range(3), range(5)]);
    one.close();
    other.close();
  });
});

describe('drain', { skip }, () => {
  test('reads all that is there, batch by batch, without the loop', () => {
    const kit = openRing(8);
    assert.equal(kit.ring.drain(), 0);
    kit.emit(20);
    assert.equal(kit.ring.drain(), 20);
    assert.deepEqual(
      kit.batches.map(({ length }) => length),
      [8, 8, 4],
    );
    assert.equal(kit.ring.drain(), 0);
    kit.close();
  });

  test('tells of good records only, but does not stop at odd ones', () => {
    const kit = openRing(2);
    kit.emit(9, true);
    assert.equal(kit.ring.drain(), 9);
    assert.equal(kit.ring.oddRecords, 9);
    kit.close();
  });

  test('ends when the program writes as fast as it reads', () => {
    const kit = openRing(64, (count) => kit.emit(count));
    kit.emit(64);
    const drained = kit.ring.drain();
    assert(drained >= 64 && drained <= RING_BYTES / HEADER_SIZE, `${drained}`);
    assert.deepEqual(kit.batches.flat(), range(drained));
    kit.close();
  });

  test('leaves nothing for the loop to repeat', async () => {
    const kit = openRing(8);
    kit.emit(5);
    kit.ring.drain();
    kit.emit(1);
    await waitUntil(() => kit.batches.flat().length >= 6);
    assert.deepEqual(kit.batches.flat(), range(6));
    kit.close();
  });

  test('throws what onBatch throws, and goes on the next time', () => {
    let fails = true;
    const kit = openRing(2, () => {
      if (fails) throw new Error('no batch today');
    });
    kit.emit(4);
    assert.throws(() => kit.ring.drain(), { message: 'no batch today' });
    fails = false;
    assert.equal(kit.ring.drain(), 2);
    assert.deepEqual(kit.batches.flat(), range(4));
    kit.close();
  });

  test('is refused while onBatch reads, and allowed in a microtask of it', async () => {
    let refusal: unknown;
    let drained: number | undefined;
    const kit = openRing(2, () => {
      try {
        kit.ring.drain();
      } catch (error) {
        refusal ??= error;
      }
      queueMicrotask(() => {
        drained ??= kit.ring.drain();
      });
    });
    kit.emit(5);
    await waitUntil(() => drained !== undefined);
    throwsBpfError(
      () => {
        throw refusal;
      },
      'EBUSY',
      'RingBuffer.drain',
    );
    assert.equal(drained, 3);
    assert.deepEqual(kit.batches.flat(), range(5));
    kit.close();
  });
});

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
