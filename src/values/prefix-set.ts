import { maskPrefix, type Prefix } from './prefix.ts';

/** Networks of one family and length, by their bytes. */
type Networks = { readonly length: number; readonly byKey: Map<string, Prefix> };

/** What was made of a list stays as long as the list: an ignore list of 60,000 networks is asked about each block. */
const known = new WeakMap<readonly Prefix[], PrefixSet>();

/** Networks, any of which may contain others, to be asked quickly: one look for each prefix length in use. */
export class PrefixSet {
  /** The longest prefixes first. */
  readonly #networks: Readonly<Record<Prefix['family'], readonly Networks[]>>;

  private constructor(prefixes: readonly Prefix[]) {
    this.#networks = { 4: byLength(prefixes, 4), 6: byLength(prefixes, 6) };
  }

  /** The same set for the same list, which must not change any more. */
  static of(prefixes: readonly Prefix[]): PrefixSet {
    const set = known.get(prefixes) ?? new PrefixSet(prefixes);
    known.set(prefixes, set);
    return set;
  }

  /** The narrowest network of the set that contains all of `prefix`; undefined when none does. */
  find(prefix: Prefix): Prefix | undefined {
    for (const { length, byKey } of this.#networks[prefix.family]) {
      const found = length <= prefix.length ? byKey.get(keyOf(prefix, length)) : undefined;
      if (found) return found;
    }
    return undefined;
  }
}

function byLength(prefixes: readonly Prefix[], family: Prefix['family']): Networks[] {
  const found = new Map<number, Map<string, Prefix>>();
  for (const prefix of prefixes) {
    if (prefix.family !== family) continue;
    const byKey = found.get(prefix.length) ?? new Map<string, Prefix>();
    found.set(prefix.length, byKey.set(keyOf(prefix, prefix.length), prefix));
  }
  return [...found].map(([length, byKey]) => ({ length, byKey })).sort((a, b) => b.length - a.length);
}

const keyOf = (prefix: Prefix, length: number): string =>
  String.fromCharCode(...maskPrefix(prefix, length).bytes);
