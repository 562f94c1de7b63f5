import { setImmediate as nextTurn } from 'node:timers/promises';

/** A few milliseconds of the dearest step, which is reading a line with an IPv6 address. */
const STEPS_A_TURN = 1_000;

/**
 * Takes a step for each item, and lets the event loop have its turn now and then: packets and timers do not wait until tens
 * of thousands of lines are through. Rejects with what a step throws; the items after it are left.
 */
export async function unhurried<T>(items: Iterable<T>, step: (item: T) => void): Promise<void> {
  let steps = 0;
  for (const item of items) {
    step(item);
    if (++steps % STEPS_A_TURN === 0) await nextTurn();
  }
}
