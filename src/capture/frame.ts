/** Longest frame that is believed, as in libpcap: a record that announces more is damage, not a packet. */
export const MAX_CAPTURED = 262_144;

/** When a frame was captured: seconds since 1970, and nanoseconds since then, less than 10^9. */
export type Instant = { readonly seconds: number; readonly nanoseconds: number };

/** One frame of a capture. */
export type Frame = Instant & {
  /** LINKTYPE_* of www.tcpdump.org/linktypes.html: what the bytes begin with. */
  readonly linkType: number;
  /** As much as was captured. The next frame overwrites it; it may be a Buffer, whose slice() is no copy. */
  readonly bytes: Uint8Array;
};

/** Where frames come from, the same ones as often as they are asked for: a capture on disk, or what was made in the place of one. */
export type FrameSource = { frames(): Iterable<Frame> };

/** A capture does not go on as it should. What was read before it is good. */
export class Damage extends Error {}
