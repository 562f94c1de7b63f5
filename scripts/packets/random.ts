/** Random numbers that are the same in each run: Marsaglia 2003, "Xorshift RNGs", with the shifts 13, 17, 5. */
export class Random {
  #state: number;

  /** `seed`: anything but 0. */
  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 1 to 2^32 - 1. */
  u32(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  /** A whole number from 0 to before `bound`. */
  below(bound: number): number {
    return Math.floor((this.u32() / 2 ** 32) * bound);
  }

  /** The same in another order (Fisher and Yates). */
  shuffled<T>(all: readonly T[]): T[] {
    const mixed = [...all];
    for (let last = mixed.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
    }
    return mixed;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.u32() >>> 24);
  }
}
