import type { Instant } from './frame.ts';

/** What the time stamps of an interface count. */
export type TimeUnit = {
  /** Units a second. */
  readonly perSecond: bigint;
  /** Seconds to be added. */
  readonly offset: bigint;
  /** The same as numbers, where a time stamp of this age of the world can be dealt with in them. */
  readonly fast:
    | { readonly perSecond: number; readonly nsPerUnit: number; readonly offset: number }
    | undefined;
};

const MICROSECONDS = 6;
const POWER_OF_TWO = 0x80;
const TWO_TO_32 = 0x1_0000_0000;
const NS = 1_000_000_000n;
/** The year 2106 and no further, as in pcap; before 1970 nobody captured anything. */
const LAST_SECOND = 0xffff_ffffn;
const FAST_MAX = 1_000_000;

/** By if_tsresol (a power of ten, or with the highest bit one of two; microseconds without it) and if_tsoffset. */
export function unitOf(resolution = MICROSECONDS, offset = 0n): TimeUnit {
  const exponent = BigInt(resolution & ~POWER_OF_TWO);
  const perSecond = (resolution & POWER_OF_TWO ? 2n : 10n) ** exponent;
  const isFast = perSecond <= FAST_MAX && 1_000_000_000 % Number(perSecond) === 0 && offset === 0n;
  const fast = { perSecond: Number(perSecond), nsPerUnit: 1_000_000_000 / Number(perSecond), offset: 0 };
  return { perSecond, offset, fast: isFast ? fast : undefined };
}

/** A time stamp, in two halves. */
export function instantOf(high: number, low: number, { perSecond, offset, fast }: TimeUnit): Instant {
  const units = high * TWO_TO_32 + low;
  if (fast && Number.isSafeInteger(units) && units / fast.perSecond <= TWO_TO_32) {
    const seconds = Math.floor(units / fast.perSecond);
    return { seconds, nanoseconds: (units - seconds * fast.perSecond) * fast.nsPerUnit };
  }
  const exact = (BigInt(high) << 32n) | BigInt(low);
  const seconds = exact / perSecond + offset;
  if (seconds < 0n) return { seconds: 0, nanoseconds: 0 };
  if (seconds > LAST_SECOND) return { seconds: Number(LAST_SECOND), nanoseconds: 0 };
  return { seconds: Number(seconds), nanoseconds: Number(((exact % perSecond) * NS) / perSecond) };
}
