/**
 * What was seen lately, oldest first: pairs of a key, or a count, and the time, in nanoseconds, at which it was seen last. There
 * may be several of these for each of tens of thousands of sources, most with one pair: so each is one plain array, no longer than
 * it must be, which never changes, and rules that have seen the same have the same one.
 */
export type Recent = readonly number[];

export const NOTHING: Recent = [];

/** The pairs that were made last: several rules ask for the same ones in turn. */
const lately: Recent[] = [NOTHING, NOTHING, NOTHING, NOTHING];

function pair(what: number, atNs: number): Recent {
  const known = lately.find((it) => it[0] === what && it[1] === atNs);
  if (known) return known;
  const made = [what, atNs];
  lately.shift();
  lately.push(made);
  return made;
}

/** With one pair more at the end. */
const extended = (recent: Recent, what: number, atNs: number): Recent =>
  recent.length === 0 ? pair(what, atNs) : recent.concat([what, atNs]);

/** Pairs of counts. Thresholds up to this are counted exactly; larger ones to 1/64 of the window. */
const MAX_COUNTS = 64;

/**
 * `key` was seen, too; of all that were, the `limit` ones seen last are remembered. It may have been seen before others that are known
 * already: events of several CPUs come as they come, and of some probes it shows only later what they were.
 */
export function noteKey(recent: Recent, key: number, atNs: number, limit: number): Recent {
  let gap = 0;
  while (gap < recent.length && recent[gap] !== key) gap += 2;
  if (gap < recent.length && recent[gap + 1]! > atNs) return recent;
  const others = gap < recent.length ? without(recent, gap) : recent;
  const isFull = others.length >= limit * 2;
  let place = others.length;
  while (place > 0 && others[place - 1]! > atNs) place -= 2;
  if (isFull && place === 0) return recent;
  const first = isFull ? 2 : 0; // the one that was silent longest makes room
  if (place === others.length) return extended(first === 0 ? others : others.slice(first), key, atNs);
  return others.slice(first, place).concat([key, atNs], others.slice(place));
}

/** What was seen after that. */
export const seenAfter = (recent: Recent, atNs: number): Recent =>
  recent.some((it, at) => at % 2 === 1 && it <= atNs)
    ? recent.filter((_, at) => recent[at | 1]! > atNs)
    : recent;

/** Without the key, which must be there. */
export function withoutKey(recent: Recent, key: number): Recent {
  let gap = 0;
  while (recent[gap] !== key) gap += 2;
  return without(recent, gap);
}

/** When the key was seen last; undefined: it is not remembered. */
export function seenNs(recent: Recent, key: number): number | undefined {
  for (let at = 0; at < recent.length; at += 2) if (recent[at] === key) return recent[at + 1];
  return undefined;
}

/** The key that has made room for another on the way from `before` to `after`; undefined: none has. */
export function displaced(before: Recent, after: Recent): number | undefined {
  const [first] = before;
  if (first === undefined || after.length > before.length) return undefined;
  for (let at = 0; at < after.length; at += 2) if (after[at] === first) return undefined;
  return first;
}

/** Without the pair at that place. */
const without = (recent: Recent, gap: number): Recent =>
  gap === 0 ? recent.slice(2) : recent.slice(0, gap).concat(recent.slice(gap + 2));

/** True when `threshold` keys were seen at `nowNs - windowNs` or later. */
export const areKeysReached = (recent: Recent, threshold: number, nowNs: number, windowNs: number): boolean =>
  recent.length >= threshold * 2 && recent[recent.length - threshold * 2 + 1]! >= nowNs - windowNs;

/** Keys seen within the window, oldest first. */
export const keysWithin = (recent: Recent, nowNs: number, windowNs: number): number[] =>
  recent.filter((_, at) => at % 2 === 0 && recent[at + 1]! >= nowNs - windowNs);

/** `count` more came; the shortest run of latest counts that reaches the threshold is remembered. */
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
  const counts = isMerged
    ? extended(recent.slice(0, last), recent[last]! + count, recent[last + 1]!)
    : extended(recent, count, atNs);
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

/** What was counted at `nowNs - windowNs` or later, as far as it is remembered. */
export function countWithin(counts: Recent, nowNs: number, windowNs: number): number {
  let sum = 0;
  for (let at = 0; at < counts.length; at += 2) if (counts[at + 1]! >= nowNs - windowNs) sum += counts[at]!;
  return sum;
}
