/** A costly job gets a twentieth of the time at most. */
const REST_FACTOR = 20;
/** However quick it was: what comes within a second comes together. */
const MIN_REST_MS = 1_000;

/** Keeps a costly job from being done all the time. */
export type Pace = {
  /** Milliseconds until the job is due again, 0 when it is. */
  restMs(): number;
  /** Does the job, due or not, and answers as it does. One that fails has cost as much. */
  run<T>(job: () => Promise<T>): Promise<T>;
};

/** `nowMs` is a clock that nobody sets, in milliseconds. */
export function makePace(nowMs: () => number): Pace {
  let dueMs = Number.NEGATIVE_INFINITY;
  return {
    restMs: () => Math.max(0, dueMs - nowMs()),
    async run(job) {
      const startMs = nowMs();
      try {
        return await job();
      } finally {
        const endMs = nowMs();
        dueMs = endMs + Math.max(MIN_REST_MS, REST_FACTOR * (endMs - startMs));
      }
    },
  };
}
