import type { Policy } from '../../src/config/policy.ts';

/** Smaller ones save nothing. */
const SMALLEST = 1024;

/**
 * The policy with tables that so many frames cannot fill, since each has one source: those of a real host take longer to make than a
 * short capture to replay.
 */
export function fitted(policy: Policy, frames: number): Policy {
  const enough = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(Math.max(1, frames))));
  const { blocks, sources } = policy.tables;
  return { ...policy, tables: { blocks: Math.min(blocks, enough), sources: Math.min(sources, enough) } };
}
