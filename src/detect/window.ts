/** Entries of one CountWindow. Thresholds up to this are counted exactly; larger ones to 1/64 of the window. */
const MAX_ENTRIES = 64;

/**
 * Answers "at least `threshold` within the window?" and remembers no more than that takes: the shortest run of latest
 * entries that reaches the threshold.
 */
export class CountWindow {
  readonly #threshold: number;
  readonly #windowNs: number;
  readonly #entries: { atNs: number; count: number }[] = [];
  #sum = 0;

  constructor(threshold: number, windowNs: number) {
    this.#threshold = threshold;
    this.#windowNs = windowNs;
  }

  add(atNs: number, count: number): void {
    const last = this.#entries.at(-1);
    const mergeNs = this.#threshold > MAX_ENTRIES ? this.#windowNs / MAX_ENTRIES : 0;
    if (last && atNs - last.atNs < mergeNs) last.count += count;
    else this.#entries.push({ atNs, count });
    this.#sum += count;
    while (this.#entries.length > 1 && this.#sum - this.#entries[0]!.count >= this.#threshold) {
      this.#sum -= this.#entries.shift()!.count;
    }
    while (this.#entries.length > 1 && this.#entries[0]!.atNs < atNs - this.#windowNs) {
      this.#sum -= this.#entries.shift()!.count;
    }
  }

  /** True when the threshold is reached by what came at `nowNs - window` or later. */
  isReached(nowNs: number): boolean {
    return this.#sum >= this.#threshold && this.#entries[0]!.atNs >= nowNs - this.#windowNs;
  }

  /** What was counted towards the threshold. */
  get sum(): number {
    return this.#sum;
  }
}

/** The same for distinct keys: remembers the `threshold` keys seen last. */
export class DistinctWindow<Key> {
  readonly #threshold: number;
  readonly #windowNs: number;
  /** In the order in which the keys were seen last. */
  readonly #lastSeenNs = new Map<Key, number>();

  constructor(threshold: number, windowNs: number) {
    this.#threshold = threshold;
    this.#windowNs = windowNs;
  }

  add(key: Key, atNs: number): void {
    this.#lastSeenNs.delete(key);
    this.#lastSeenNs.set(key, atNs);
    if (this.#lastSeenNs.size > this.#threshold) {
      const [oldest] = this.#lastSeenNs.keys();
      this.#lastSeenNs.delete(oldest!);
    }
  }

  isReached(nowNs: number): boolean {
    if (this.#lastSeenNs.size < this.#threshold) return false;
    const [oldestNs] = this.#lastSeenNs.values();
    return oldestNs! >= nowNs - this.#windowNs;
  }

  /** Keys seen within the window, oldest first. */
  within(nowNs: number): Key[] {
    return [...this.#lastSeenNs].filter(([, atNs]) => atNs >= nowNs - this.#windowNs).map(([key]) => key);
  }
}
