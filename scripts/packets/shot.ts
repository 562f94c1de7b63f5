import type { Instant } from '../../src/capture/frame.ts';

/** A frame that was captured so many seconds after EPOCH. */
export type Shot = { readonly at: number; readonly frame: Uint8Array };

/** 2026-11-28T12:00:00Z */
export const EPOCH = 1_795_867_200;

/** To the microsecond, as captures have it: what is left of a fraction of a second in a number is less exact than a nanosecond. */
export function instantOf(at: number): Instant {
  const micros = Math.round(at * 1e6);
  const seconds = Math.floor(micros / 1e6);
  return { seconds: EPOCH + seconds, nanoseconds: (micros - seconds * 1e6) * 1000 };
}
