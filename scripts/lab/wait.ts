import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longer than anything takes on a machine that does other things, too. */
const DEADLINE_MS = 30_000;

/** Asks again and again until the answer is something else than false; throws when that never comes. */
export async function waitUntil<T>(
  what: string,
  ask: () => Promise<T | false>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  for (const deadline = performance.now() + deadlineMs; ; ) {
    const answer = await ask();
    if (answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`it never comes true that ${what}`);
    await nextTurn();
  }
}
