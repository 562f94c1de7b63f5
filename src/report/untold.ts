import type { LossCount } from '../kernel/data-plane.ts';
import type { SentryEvent } from './event.ts';

/** Why the data plane may have counted a probe without telling of it. */
const REASONS = new Set(['source_budget', 'global_budget', 'ring_full']);

/**
 * Answers a function to be called every second or so where each probe is to have its line. It sums up the probes since the
 * last call that the data plane counted and did not tell of: a burst may end with them, so no later probe brings them to light.
 */
export function untoldTeller(
  losses: () => readonly LossCount[],
  tell: (event: SentryEvent) => void,
): () => void {
  const total = () => losses().reduce((sum, { reason, count }) => sum + (REASONS.has(reason) ? count : 0), 0);
  let known = total();
  let knownMs = performance.now();
  return () => {
    const [now, nowMs] = [total(), performance.now()];
    const seconds = Math.max(1, Math.round((nowMs - knownMs) / 1000));
    if (now > known) tell({ event: 'summed_up', lines: now - known, seconds });
    known = now;
    knownMs = nowMs;
  };
}
