import type { Probe } from './probe.ts';

/** How far the numbering of a source's probes has been followed: from `base` up to `total`. */
export type Story = { firstNs: number; base: number; total: number };

/** Of a source that nothing was heard of. */
export const NOT_YET: Readonly<Story> = { firstNs: Number.NaN, base: 0, total: 0 };

/**
 * Probes that came since the last one that was told of; -1 when this one was taken for one of those before, because the
 * events of several CPUs come in another order than they were numbered in. At the first sight of a source, or of a new
 * story of it, nobody knows when the others came.
 */
export function countUntold(state: Story, probe: Probe): number {
  if (state.firstNs !== probe.firstNs) {
    state.firstNs = probe.firstNs;
    state.base = probe.total;
    state.total = probe.total;
    return 0;
  }
  if (probe.total <= state.total) return probe.total > state.base ? -1 : 0;
  const untold = probe.total - state.total - 1;
  state.total = probe.total;
  return untold;
}
