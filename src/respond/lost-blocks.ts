import type { DataPlane, KernelBlock } from '../kernel/data-plane.ts';
import type { Blocks } from './blocks.ts';
import type { Evidence } from './marks.ts';

/** A walk over the table is followed by a pause of so many times what it took: a flood may keep the ring full for long. */
const PAUSE_FACTOR = 9;

/**
 * Answers a function to be called now and then. It looks for blocks of the kernel's own that nobody was told of, whenever
 * the ring buffer has been full since the last look, or ever before the first; never twice at once.
 */
export function lostBlockFinder(
  dataPlane: Pick<DataPlane, 'losses'>,
  blocks: Pick<Blocks, 'reconcile'>,
  ruleName: (rule: number | undefined) => string,
  evidenceOf?: (standing: KernelBlock) => Evidence | undefined,
): () => void {
  const lostInRing = () => dataPlane.losses().find(({ reason }) => reason === 'ring_full')?.count ?? 0;
  let known = 0; // the ring is this sentry's own, and it may have been full before anybody looks after it
  let notBeforeMs = 0;
  return () => {
    const startMs = performance.now();
    if (startMs < notBeforeMs) return;
    const lost = lostInRing();
    if (lost === known) return;
    known = lost;
    notBeforeMs = Number.POSITIVE_INFINITY;
    const rest = () => {
      const endMs = performance.now();
      notBeforeMs = endMs + PAUSE_FACTOR * (endMs - startMs);
    };
    // A walk ends early when the sentry stops meanwhile; what it did not see, the next one sees.
    blocks.reconcile((rule) => `${ruleName(rule)}: its event was lost`, evidenceOf).then(rest, rest);
  };
}
