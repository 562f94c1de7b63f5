import assert from 'node:assert/strict';
import type { Appended } from '../../src/report/append.ts';
import { waitUntil } from './wait-until.ts';

/** A disk that answers when it is told to: each answer says how many bytes it takes. */
export function makeDisk() {
  const writes: string[] = [];
  const waiting: ((bytes: number) => void)[] = [];
  return {
    append: (_: string, data: Uint8Array): Promise<Appended> =>
      new Promise((resolve) => {
        waiting.push((room) => {
          const bytes = Math.min(room, data.length);
          writes.push(Buffer.from(data.subarray(0, bytes)).toString());
          resolve({ bytes, error: bytes < data.length ? new Error('the disk is full') : undefined });
        });
      }),
    /** Resolves when there is something to write. */
    begun: () => waitUntil(() => waiting.length > 0),
    /** Lets the write that runs end after so many bytes. */
    async take(bytes: number) {
      await this.begun();
      assert.equal(waiting.length, 1, 'one write at a time');
      waiting.shift()!(bytes);
    },
    /** Lets all writes end well until `closed` resolves. */
    async takeAllUntil(closed: Promise<void>) {
      let isClosed = false;
      const closing = closed.then(() => {
        isClosed = true;
      });
      await waitUntil(() => {
        waiting.shift()?.(Number.POSITIVE_INFINITY);
        return isClosed;
      });
      await closing;
    },
    /** What reached the disk, write by write. */
    writes,
    content: () => writes.join(''),
  };
}
