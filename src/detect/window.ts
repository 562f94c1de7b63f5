/**
 * What was seen lately, oldest first: pairs of a key, or a number, and the time, in nanoseconds, at which it was seen last. There
 * may be several of these for each of tens of thousands of sources, most with one entry: so each is one plain array, no longer
 * than it must be, and an empty one is the same for all.
 */
export type Recent = number[];

export const NOTHING: Recent = Object.freeze([] as number[]) as Recent;

/** Pairs of counts. Thresholds up to this are counted exactly; larger ones to 1/64 of the window. */
const MAX_COUNTS = 64;

/** Remembers that `key` was seen, and the `limit` keys seen last in all. Use the answer from then on. */
export function noteKey(recent: Recent, key: number, atNs: number, limit: number): Recent {
  let gap = 0;
  while (gap < recent.length && recent[gap] !== key) gap += 2;
  if (gap === recent.length) {
    if (gap < limit * 2) return recent.concat([key, atNs]);
    gap = 0; // the one that was silent longest makes room
  }
  for (let at = gap + 2; at < recent.length; at++) recent[at - 2] = recent[at]!;
  recent[recent.length - 2] = key;
  recent[recent.length - 1] = atNs;
  return recent;
}

/** True when `threshold` keys were seen at `nowNs - windowNs` or later. */
export const areKeysReached = (recent: Recent, threshold: number, nowNs: number, windowNs: number): boolean =>
  recent.length >= threshold * 2 && recent[1]! >= nowNs - windowNs;

/** Keys seen within the window, oldest first. */
export const keysWithin = (recent: Recent, nowNs: number, windowNs: number): number[] =>
  recent.filter((_, at) => at % 2 === 0 && recent[at + 1]! >= nowNs - windowNs);

/** Counts `count` more, and remembers the shortest run of latest counts that reaches the threshold. Use the answer from then on. */
export function noteCount(
  recent: Recent,
  count: number,
  atNs: number,
  threshold: number,
  windowNs: number,
): Recent {
  const last = recent.length - 2;
  const mergeNs = threshold > MAX_COUNTS ? windowNs / MAX_COUNTS : 0;
  const isMerged = last >= 0 && atNs - recent[last + 1]! < mergeNs;
  const counts = isMerged ? recent : recent.concat([count, atNs]);
  if (isMerged) counts[last]! += count;
  let sum = sumOf(counts);
  let first = 0;
  while (
    first < counts.length - 2 &&
    (sum - counts[first]! >= threshold || counts[first + 1]! < atNs - windowNs)
  ) {
    sum -= counts[first]!;
    first += 2;
  }
  return first === 0 ? counts : counts.slice(first);
}

/** True when the threshold is reached by what came at `nowNs - windowNs` or later. */
export const isCountReached = (recent: Recent, threshold: number, nowNs: number, windowNs: number): boolean =>
  sumOf(recent) >= threshold && recent[1]! >= nowNs - windowNs;

/** All that was counted and is remembered. */
export function sumOf(counts: Recent): number {
  let sum = 0;
  for (let at = 0; at < counts.length; at += 2) sum += counts[at]!;
  return sum;
}
