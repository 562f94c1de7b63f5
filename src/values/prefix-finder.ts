import type { Prefix } from './prefix.ts';
import { type PrefixColumns, prefixOf, WORDS, wordMask, wordsOf } from './prefix-columns.ts';

/**
 * Finds networks among those of columns. As none of them lies inside another one, what holds a network, or lies in it, stands
 * next to where that one would stand.
 */
export class PrefixFinder {
  readonly #columns: PrefixColumns;

  constructor(columns: PrefixColumns) {
    this.#columns = columns;
  }

  /** The one of the networks that holds all of that one. */
  find(prefix: Prefix): Prefix | undefined {
    const { addresses4, addresses6, lengths4, lengths6 } = this.#columns;
    const words = wordsOf(prefix);
    if (prefix.family === 4) {
      const at = this.#after4(words[0]!) - 1;
      return this.holds4(words[0]!, prefix.length)
        ? prefixOf(4, addresses4.subarray(at, at + 1), lengths4[at]!)
        : undefined;
    }
    const at = this.#after6(words, true) - 1;
    return this.holds6(words, prefix.length)
      ? prefixOf(6, addresses6.subarray(at * WORDS[6], (at + 1) * WORDS[6]), lengths6[at]!)
      : undefined;
  }

  /** True when one of the networks holds all of that one. */
  holds4(address: number, length: number): boolean {
    const { addresses4, lengths4 } = this.#columns;
    const at = this.#after4(address) - 1;
    return (
      at >= 0 && lengths4[at]! <= length && ((address ^ addresses4[at]!) & wordMask(lengths4[at]!)) === 0
    );
  }

  /** True when one of the networks lies in that one. */
  isWithin4(address: number, length: number): boolean {
    const { addresses4, lengths4 } = this.#columns;
    const at = address === 0 ? 0 : this.#after4(address - 1);
    return (
      at < lengths4.length &&
      lengths4[at]! >= length &&
      ((address ^ addresses4[at]!) & wordMask(length)) === 0
    );
  }

  /** `address`: four words, the most significant first. */
  holds6(address: ArrayLike<number>, length: number): boolean {
    const at = this.#after6(address, true) - 1;
    const held = this.#columns.lengths6[at];
    return held !== undefined && held <= length && this.#agree6(at, address, held);
  }

  isWithin6(address: ArrayLike<number>, length: number): boolean {
    const at = this.#after6(address, false);
    const held = this.#columns.lengths6[at];
    return held !== undefined && held >= length && this.#agree6(at, address, length);
  }

  /** Place of the first address above that one. */
  #after4(address: number): number {
    const { addresses4 } = this.#columns;
    let [low, high] = [0, addresses4.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (addresses4[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Place of the first address above that one, or, without `strictly`, of the same. */
  #after6(address: ArrayLike<number>, strictly: boolean): number {
    let [low, high] = [0, this.#columns.lengths6.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare6(middle, address);
      if (order < 0 || (strictly && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare6(at: number, address: ArrayLike<number>): number {
    const { addresses6 } = this.#columns;
    for (let word = 0; word < WORDS[6]; word++) {
      const difference = addresses6[at * WORDS[6] + word]! - address[word]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #agree6(at: number, address: ArrayLike<number>, length: number): boolean {
    const { addresses6 } = this.#columns;
    for (let word = 0; word < WORDS[6]; word++) {
      const difference = addresses6[at * WORDS[6] + word]! ^ address[word]!;
      if ((difference & wordMask(length - word * 32)) !== 0) return false;
    }
    return true;
  }
}
