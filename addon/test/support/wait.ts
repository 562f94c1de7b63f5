import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Far longer than anything here takes: what reaches it never comes. */
const DEADLINE_MS = 10_000;

/** Lets the event loop turn until `isTrue`. */
export async function waitUntil(isTrue: () => boolean): Promise<void> {
  for (const deadline = Date.now() + DEADLINE_MS; !isTrue(); ) {
    assert(Date.now() < deadline, 'it never comes true');
    await nextTurn();
  }
}
