import { quote } from './found.ts';

/** Longest key that is compared: no option is longer, and the comparison is quadratic. */
const MAX_COMPARED = 40;

/** The sentence for a key that no option has: names the option that was probably meant, or else all there are. */
export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const hint = meant === undefined ? `the options here are ${known.join(', ')}` : `did you mean ${meant}?`;
  return `there is no option ${quote(key)}; ${hint}`;
}

/** The known key that `key` was probably meant to be; undefined when none is close. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const wanted = plain(key);
  const ranked = known
    .map((name) => ({ name, distance: distance(wanted, plain(name)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  // One slip, and one more for each four letters: `mod` is mode, but `ports` is not `probes`.
  if (best && best.distance <= 1 + Math.floor(wanted.length / 4)) return best.name;
  return known.find((name) => wanted.length >= 4 && plain(name).startsWith(wanted));
}

/** Without case and word breaks: `blockFor`, `block-for` and `block_for` are one. */
const plain = (key: string): string =>
  key
    .slice(0, MAX_COMPARED)
    .toLowerCase()
    .replace(/[-_\s]/g, '');

/** Edits from `a` to `b`: insert, delete or change one letter, or swap two neighbours. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      const edits = Math.min(change, last[column]! + 1, current[column - 1]! + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(swapped ? Math.min(edits, beforeLast[column - 2]! + 1) : edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
