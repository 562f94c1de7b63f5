import { setTimeout as delay } from 'node:timers/promises';

/** A page, with the rest behind it, takes a fifth of the time at most: whoever asks without end must not keep the sentry from its work. */
const REST_FACTOR = 4;

export type PagesOptions = {
  /** Milliseconds of a clock that nobody sets. */
  readonly nowMs?: () => number;
  readonly rest?: (ms: number) => Promise<unknown>;
};

/**
 * Answers a function that gets a page made. The page is begun after it was asked for, so that it tells of what came before; and it is made
 * once for all who ask until then, however many they are.
 */
export function makePages(render: () => Promise<string>, options: PagesOptions = {}): () => Promise<string> {
  const { nowMs = () => performance.now(), rest = (ms) => delay(ms, undefined, { ref: false }) } = options;
  let latest: Promise<unknown> = Promise.resolve();
  let next: Promise<string> | undefined;
  let dueMs = Number.NEGATIVE_INFINITY;

  const make = async (before: Promise<unknown>): Promise<string> => {
    await before.catch(() => undefined); // who waits for that one hears of it
    const restMs = dueMs - nowMs();
    if (restMs > 0) await rest(restMs);
    next = undefined;
    const startMs = nowMs();
    try {
      return await render();
    } finally {
      const endMs = nowMs();
      dueMs = endMs + REST_FACTOR * (endMs - startMs);
    }
  };

  return () => {
    if (!next) {
      next = make(latest);
      latest = next;
    }
    return next;
  };
}
