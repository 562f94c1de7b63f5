import type { Prefix } from '../values/prefix.ts';
import { vicinityOf, wordsOf } from './filter.ts';
import { filterKey } from './wire.generated.ts';

const { VICINITY_BITS, VICINITY_WORDS } = filterKey;
/** 2^8 of them: networks with more vicinities (IPv4 wider than /8, IPv6 than /24) have all. */
const SHARE_BITS = 8;
/** Prefix length of one vicinity. */
const LENGTH = { 4: VICINITY_BITS, 6: 32 } as const;

/** Keeps xs_block_vicinities or the like, shared memory: a bit is set exactly as long as a network has that vicinity. */
export class Vicinities {
  readonly #bits: Uint32Array;
  readonly #seed: number;
  readonly #counts = { 4: new Map<number, number>(), 6: new Map<number, number>() };
  /** Networks that have all of a family's. */
  readonly #everywhere = { 4: 0, 6: 0 };
  readonly #isExpected = { 4: false, 6: false };

  constructor(memory: ArrayBuffer, seed: number) {
    this.#bits = new Uint32Array(memory);
    this.#seed = seed;
  }

  add(network: Prefix): void {
    const { family } = network;
    const own = this.#of(network);
    if (!own) {
      this.#everywhere[family]++;
      this.#setAll(family);
      return;
    }
    const counts = this.#counts[family];
    for (const vicinity of own) {
      counts.set(vicinity, (counts.get(vicinity) ?? 0) + 1);
      this.#set(family, vicinity);
    }
  }

  remove(network: Prefix): void {
    const { family } = network;
    if (this.#isExpected[family]) return;
    const counts = this.#counts[family];
    const own = this.#of(network);
    if (!own) {
      if (--this.#everywhere[family] > 0) return;
      for (let vicinity = 0; vicinity < 2 ** VICINITY_BITS; vicinity++) {
        if (!counts.has(vicinity)) this.#clear(family, vicinity);
      }
      return;
    }
    for (const vicinity of own) {
      const left = counts.get(vicinity)! - 1;
      if (left > 0) counts.set(vicinity, left);
      else counts.delete(vicinity);
      if (left === 0 && this.#everywhere[family] === 0) this.#clear(family, vicinity);
    }
  }

  /** From now on and for good, networks of this family may be anywhere: some are removed that were never added. */
  expect(family: 4 | 6): void {
    this.#isExpected[family] = true;
    this.#setAll(family);
  }

  /** Undefined: all of them. */
  #of(network: Prefix): number[] | undefined {
    const { family, length } = network;
    const spare = Math.max(0, LENGTH[family] - length);
    if (spare > SHARE_BITS) return undefined;
    const { high } = wordsOf(network);
    const step = 2 ** (32 - LENGTH[family]);
    return Array.from({ length: 2 ** spare }, (_, index) =>
      vicinityOf(this.#seed, family, (high & -step) + index * step, VICINITY_BITS),
    );
  }

  #set(family: 4 | 6, vicinity: number): void {
    this.#bits[this.#word(family, vicinity)]! |= 1 << (vicinity & 31);
  }

  #setAll(family: 4 | 6): void {
    const from = this.#word(family, 0);
    this.#bits.fill(0xffff_ffff, from, from + 2 * VICINITY_WORDS);
  }

  #clear(family: 4 | 6, vicinity: number): void {
    this.#bits[this.#word(family, vicinity)]! &= ~(1 << (vicinity & 31));
  }

  /** Of 32 bits, the lower half of a 64-bit word first: little-endian. */
  #word(family: 4 | 6, vicinity: number): number {
    return (family === 6 ? 2 * VICINITY_WORDS : 0) + (vicinity >>> 5);
  }
}
