/** What the program does in bpf/blocklist.h before it asks the block table, written a second time. */
import type { FrontMemory } from '../../../src/kernel/block-front.ts';
import { filterLines } from '../../../src/kernel/block-front.ts';
import {
  filterKey,
  filterLayout,
  front,
  lengthsLayout,
  lengthsOf,
} from '../../../src/kernel/wire.generated.ts';
import {
  type Family,
  filterHas,
  filterHash,
  hostBits,
  inCoarse,
  inFine,
  masked,
  tag,
  vicinityOf,
  wordsOf,
} from './filter.ts';

/** Memory as the maps of a program with a block table of that capacity have it. */
export function frontMemory(capacity: number): FrontMemory {
  return {
    front: new ArrayBuffer(front.MAX * filterLayout.size),
    filter: new ArrayBuffer(filterLines(capacity) * 64),
    vicinities: new ArrayBuffer(2 * filterKey.VICINITY_WORDS * 8),
    lengths: new ArrayBuffer(lengthsOf.MAX * lengthsLayout.size),
    epoch: new ArrayBuffer(8),
  };
}

/** The lengths in one of the lists of lengths, in their order. */
export function lengthsIn(memory: ArrayBuffer, which: number): number[] {
  const view = new DataView(memory, which * lengthsLayout.size, lengthsLayout.size);
  const count = view.getUint32(lengthsLayout.count.at, true);
  return Array.from({ length: count }, (_, index) => view.getUint8(lengthsLayout.length.at + index));
}

export class FrontModel {
  readonly #memory: FrontMemory;
  readonly #seed: number;

  constructor(memory: FrontMemory, seed: number) {
    this.#memory = memory;
    this.#seed = seed;
  }

  /** Whether a packet from there has the block table asked for the network of this length around it. */
  asks(family: Family, address: Uint8Array, length: number): boolean {
    const isHost = length >= hostBits(family);
    const { NETWORKS4, NETWORKS6 } = lengthsOf;
    const networks = family === 4 ? NETWORKS4 : NETWORKS6;
    if (!lengthsIn(this.#memory.lengths, networks + (isHost ? 1 : 0)).includes(length)) return false;
    if (isHost) return this.hasKey(family, address, hostBits(family));
    return this.hasVicinity(family, address) && this.hasKey(family, masked(address, length), length);
  }

  /** The filter that serves has the key. */
  hasKey(family: Family, network: Uint8Array, length: number): boolean {
    const { coarse, fine } = this.#filter(front.SERVING);
    return filterHas(this.#words, coarse, fine, this.#hash(family, network, length));
  }

  /** xs_front_add: what the program does once a block of its own is in the table. */
  addKernelBlock(family: Family, network: Uint8Array, length: number): void {
    const hash = this.#hash(family, network, Math.min(length, hostBits(family)));
    for (const which of [front.SERVING, front.FILLING]) {
      const { coarse, fine } = this.#filter(which);
      const found = [inCoarse(coarse, hash), ...(fine === 0n ? [] : [inFine(fine, hash)])];
      for (const { at, bits } of found) this.#words[at]! |= bits;
    }
  }

  /** 64-bit words of the filter that serves, coarse and fine together. */
  get size(): number {
    const { coarse, fine } = this.#filter(front.SERVING);
    return Number(coarse & 0xffff_ffffn) + Number(fine & 0xffff_ffffn);
  }

  #hash(family: Family, network: Uint8Array, length: number): bigint {
    return filterHash(this.#seed, wordsOf(family, network), tag(family, length));
  }

  get #words(): BigUint64Array {
    return new BigUint64Array(this.#memory.filter);
  }

  #filter(which: number): { coarse: bigint; fine: bigint } {
    const [coarse, fine] = new BigUint64Array(this.#memory.front, which * filterLayout.size, 2);
    return { coarse: coarse!, fine: fine! };
  }

  hasVicinity(family: Family, address: Uint8Array): boolean {
    return this.vicinityBit(family, vicinityOf(this.#seed, family, address, filterKey.VICINITY_BITS));
  }

  vicinityBit(family: Family, vicinity: number): boolean {
    const words = new BigUint64Array(this.#memory.vicinities);
    const word = (family === 6 ? filterKey.VICINITY_WORDS : 0) + Math.floor(vicinity / 64);
    return ((words[word]! >> BigInt(vicinity % 64)) & 1n) === 1n;
  }
}
