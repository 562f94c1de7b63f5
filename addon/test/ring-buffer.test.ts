import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { needs } from './support/capability.ts';
import { HEADER_SIZE, MAX_EMIT, openRing, RECORD_SIZE, RING_BYTES, range } from './support/kit.ts';
import { waitUntil } from './support/wait.ts';

const skip = needs('bpf');
const RING_CAPACITY = RING_BYTES / (RECORD_SIZE + HEADER_SIZE);

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
