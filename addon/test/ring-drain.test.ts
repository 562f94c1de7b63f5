import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs } from './support/capability.ts';
import { throwsBpfError } from './support/expect.ts';
import { HEADER_SIZE, openRing, RING_BYTES, range } from './support/kit.ts';
import { waitUntil } from './support/wait.ts';

const skip = needs('bpf');

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

  test('leaves no record waiting', () => {
    const kit = openRing(8);
    assert.equal(kit.ring.hasRecords(), false);
    kit.emit(3);
    assert.equal(kit.ring.hasRecords(), true);
    kit.ring.drain();
    assert.equal(kit.ring.hasRecords(), false);
    kit.close();
    throwsBpfError(() => kit.ring.hasRecords(), 'ERR_BPF_CLOSED', 'RingBuffer.hasRecords');
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
