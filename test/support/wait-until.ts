import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Far longer than anything takes in a unit test: what reaches it never comes. */
const DEADLINE_MS = 10_000;

/** Lets the event loop turn until `isTrue`; throws when that never comes. */
export async function waitUntil(isTrue: () => boolean): Promise<void> {
  for (const deadline = Date.now() + DEADLINE_MS; !isTrue(); ) {
    assert(Date.now() < deadline, 'it never comes true');
    await nextTurn();
  }
}
