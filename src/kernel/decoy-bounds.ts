import type { DecoyBounds } from '../detect/together/decoy-bounds.ts';
import { decoys, ruleBounds } from './wire.generated.ts';

/** As the XDP program has them, so that both take the same sources for decoys. */
export const decoyBounds: DecoyBounds = {
  withinNs: decoys.COPY_TICKS * 2 ** ruleBounds.TICK_SHIFT,
  senders: decoys.COPY_SENDERS,
  memory: decoys.COPY_MEMORY,
  sparedProbes: decoys.SPARED_PROBES,
};
