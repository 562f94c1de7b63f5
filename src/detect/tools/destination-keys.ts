/** Values that wait to be seen again: more than 64 packets of others between two of masscan, and a value is not learned that time. */
const MAX_CANDIDATES = 64;
/** Addresses that one of this host has outside: one, as a rule. */
const MAX_KNOWN = 2;
/** So many packets, each with a sequence number of its own, make a value known. Of 64 that wait, three are the same by chance in one of two million. */
const ENOUGH = 3;

/** Low halves of the addresses under which one address of this host is known outside, learned from masscan's packets. */
export class DestinationKeys {
  /** By value, the sequence numbers with which it was seen; the value that was silent longest comes first. */
  readonly #candidates = new Map<number, readonly number[]>();
  /** The one that was seen last comes last. */
  #known: number[] = [];

  /** True when the value is known, with this packet or before. The same packet again, and a flood of one and the same, count as one. */
  learn(key: number, sequence: number): boolean {
    if (this.#known.includes(key)) return this.#settle(key);
    const seen = this.#candidates.get(key) ?? [];
    this.#candidates.delete(key);
    const sequences = seen.includes(sequence) ? seen : [...seen, sequence];
    if (sequences.length >= ENOUGH) return this.#settle(key);
    this.#candidates.set(key, sequences);
    if (this.#candidates.size > MAX_CANDIDATES) {
      const [longestSilent] = this.#candidates.keys();
      this.#candidates.delete(longestSilent!);
    }
    return false;
  }

  /** How many are known. */
  get known(): number {
    return this.#known.length;
  }

  #settle(key: number): true {
    if (this.#known.at(-1) !== key)
      this.#known = [...this.#known.filter((it) => it !== key), key].slice(-MAX_KNOWN);
    return true;
  }
}
