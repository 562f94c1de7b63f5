import { Column } from './column.ts';
import type { Prefix } from './prefix.ts';
import { type PrefixColumns, WORDS, wordsOf } from './prefix-columns.ts';

/** Takes networks one by one, in any order, bits behind the length and all, and makes columns of them. */
export class PrefixColumnsBuilder {
  readonly #column4 = new Column(WORDS[4]);
  readonly #column6 = new Column(WORDS[6]);

  /** How many it was given, of both families. */
  get size(): number {
    return this.#column4.size + this.#column6.size;
  }

  /** `address` in host byte order. */
  add4(address: number, length: number): void {
    this.#column4.add4(address, length);
  }

  /** `words`: four, the most significant first. */
  add6(words: ArrayLike<number>, length: number): void {
    this.#column6.add6(words, length);
  }

  add(prefix: Prefix): void {
    const words = wordsOf(prefix);
    if (prefix.family === 4) this.add4(words[0]!, prefix.length);
    else this.add6(words, prefix.length);
  }

  /** Sorted, without what is there twice or inside another one. */
  finish(): PrefixColumns {
    const ipv4 = this.#column4.finish();
    const ipv6 = this.#column6.finish();
    return {
      addresses4: ipv4.addresses,
      lengths4: ipv4.lengths,
      addresses6: ipv6.addresses,
      lengths6: ipv6.lengths,
    };
  }
}

export function columnsOf(prefixes: Iterable<Prefix>): PrefixColumns {
  const builder = new PrefixColumnsBuilder();
  for (const prefix of prefixes) builder.add(prefix);
  return builder.finish();
}
