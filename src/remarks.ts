import type { Attachment, TrialState } from './kernel/data-plane.ts';
import { formatDuration, NS_PER_MS } from './values/duration.ts';

const forMs = (ns: number): string => formatDuration(Math.abs(ns) / NS_PER_MS);

/** What there is to say of enforcement that nobody has confirmed. */
export const trialWords = ({ state, leftNs }: TrialState): string =>
  state === 'rolled_back'
    ? `nobody had confirmed its enforcement, which was rolled back ${forMs(leftNs)} ago: since then it has let everybody in`
    : `nobody has confirmed its enforcement, which would be rolled back in ${forMs(leftNs)}`;

/** What an operator should know of how the program got to the interface, and of what it found there. */
export function remarksOn({ fallback, unpinned, predecessor }: Attachment): string[] {
  const remarks: string[] = [];
  if (fallback) remarks.push(`XDP runs in generic mode, which is slower: ${fallback}`);
  if (unpinned) {
    remarks.push(
      `should the sentry end, nothing is blocked until it starts again: ${unpinned}; \`mount -t bpf bpf /sys/fs/bpf\` mounts one`,
    );
  }
  if (predecessor) {
    const { pid, trial, blocks, refused, objection, forgotten, gap } = predecessor;
    remarks.push(`took over from the sentry before, process ${pid}; its blocks that go on: ${blocks}`);
    if (trial)
      remarks.push(`${trialWords(trial)}; whom it had blocked since it started is let in by this start`);
    if (refused > 0) remarks.push(`its blocks that found no room and ended: ${refused}; raise tables.blocks`);
    if (objection) remarks.push(`its blocks do not go on, or not all: ${objection}`);
    if (forgotten)
      remarks.push(`its sources that were not blocked and its counts do not go on: ${forgotten}`);
    if (gap)
      remarks.push(`its program could not be replaced in one step: ${gap}; for a moment nothing was blocked`);
  }
  return remarks;
}
