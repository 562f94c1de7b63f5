import type { Effects } from './effects.ts';

/** Pauses before another try; all of them can be cut short. */
export type Pauses = {
  /** How many are under way. */
  readonly count: number;
  /** Resolves after `ms`, or as soon as `signal` is aborted or `cut` called. */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Ends those that are under way, and lets no other begin. */
  cut(): void;
};

export function openPauses(after: Effects['after']): Pauses {
  const underWay = new Set<() => void>();
  let isCut = false;
  return {
    get count() {
      return underWay.size;
    },
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (isCut || signal?.aborted) return resolve();
        const end = () => {
          cancel();
          underWay.delete(end);
          signal?.removeEventListener('abort', end);
          resolve();
        };
        const cancel = after(ms, end);
        underWay.add(end);
        signal?.addEventListener('abort', end);
      }),
    cut() {
      isCut = true;
      for (const end of underWay) end();
    },
  };
}
