import type { BpfMap } from 'bpf-loader-native';
import type { Prefix } from '../values/prefix.ts';
import { isNetwork, keyHash, wordsOf } from './filter.ts';
import { PrefixLengths } from './prefix-lengths.ts';
import { layOut, roomIn, type Sieves, setInSieves, sieveValue, sieveWords } from './sieves.ts';
import { Vicinities } from './vicinities.ts';
import { filterLayout, front, listLayout } from './wire.generated.ts';

/** What the kernel asks before the block table: memory that it shares. */
export type FrontMemory = {
  readonly front: ArrayBuffer;
  readonly filter: ArrayBuffer;
  readonly vicinities: ArrayBuffer;
  readonly lengths: ArrayBuffer;
  readonly epoch: ArrayBuffer;
};

/** That memory of the loaded program whose maps `map` answers by name. */
export const frontMemory = (map: (name: string) => BpfMap): FrontMemory => ({
  front: map('xs_block_front').mmap(),
  filter: map('xs_block_filter').mmap(),
  vicinities: map('xs_block_vicinities').mmap(),
  lengths: map('xs_block_lengths').mmap(),
  epoch: map('xs_epoch').mmap(),
});

/** Lines of xs_block_filter, both filters together, for a table of so many blocks. */
export function filterLines(capacity: number): number {
  const { coarse, fine } = sieveWords(capacity);
  return 2 * Math.ceil((coarse + fine) / listLayout.LINE_WORDS);
}

/** A first filter has room for so many keys, and no filter is filled anew for fewer that have gone. */
const FEW = 1024;
/** Prefixes and words that are dealt with in one step: a few milliseconds. */
const STEP = 4096;

/**
 * The filter, the vicinities and the prefix lengths in front of the block table. What leaves the table stays in the filter,
 * which costs time and nothing else, until it is filled anew beside the one that serves: then it also gets the size that fits.
 */
export class BlockFront {
  readonly #lengths: PrefixLengths;
  readonly #vicinities: Vicinities;
  readonly #published: BigUint64Array;
  readonly #filter: Uint32Array;
  readonly #seed: number;
  readonly #capacity: number;
  readonly #epoch: BigUint64Array;
  #serving: Sieves;
  #filling: Sieves;
  /** Keys that are in the filter that serves, those of blocks that have gone among them. */
  #keys = 0;
  #stale = 0;
  #isRefilling = false;

  /** `capacity` of the block table; `seed` is that of the loaded program. */
  constructor(memory: FrontMemory, capacity: number, seed: number) {
    this.#lengths = new PrefixLengths(memory.lengths);
    this.#vicinities = new Vicinities(memory.vicinities, seed);
    this.#published = new BigUint64Array(memory.front);
    this.#filter = new Uint32Array(memory.filter);
    this.#seed = seed;
    this.#capacity = capacity;
    this.#epoch = new BigUint64Array(memory.epoch);
    this.#serving = layOut(Math.min(FEW, capacity), 0);
    this.#filling = this.#serving;
    this.#publish();
  }

  /** To be called before the block is in the table: from then on it is looked for. */
  admit(prefix: Prefix): void {
    this.#keys++;
    this.#setBits(prefix, this.#serving);
    if (this.#filling !== this.#serving) this.#setBits(prefix, this.#filling);
    if (isNetwork(prefix)) this.#vicinities.add(prefix);
    this.#lengths.use(prefix);
  }

  /** To be called after the block has left the table. */
  release(prefix: Prefix): void {
    this.#stale++;
    this.#lengths.release(prefix);
    if (isNetwork(prefix)) this.#vicinities.remove(prefix);
    this.touch();
  }

  /** Something has changed that may let a blocked source in: the kernel looks anew at whom it has just dropped. */
  touch(): void {
    Atomics.add(this.#epoch, 0, 1n);
  }

  /** The kernel will add blocks of this length by itself: they are looked for at all times, wherever they may be. */
  expect(length: Pick<Prefix, 'family' | 'length'>): void {
    this.#lengths.keep(length);
    if (isNetwork(length)) this.#vicinities.expect(length.family);
  }

  /** The kernel has added a block by itself, and set its bits. */
  noteKernelBlock(): void {
    this.#keys++;
  }

  /** It has become too crowded to be worth its while, or holds too much that has gone. */
  get wantsRefill(): boolean {
    if (this.#isRefilling) return false;
    const isLargest = roomIn(this.#serving) >= roomIn(layOut(this.#capacity, 0));
    const isCrowded = this.#keys > roomIn(this.#serving) && !isLargest;
    return isCrowded || this.#stale > Math.max(FEW, this.#keys / 2);
  }

  /**
   * Fills the other filter by a walk over the whole table, in steps, and lets it serve. Blocks that come meanwhile, the kernel's
   * own too, have their bits set in both: who is not met by the walk came after it began, and that is after the words were cleared.
   */
  *refill(walk: Iterable<Prefix>): Generator<void> {
    this.#isRefilling = true;
    try {
      const wanted = Math.min(Math.max(this.#keys - this.#stale, FEW), this.#capacity);
      this.#filling = layOut(wanted, this.#serving.coarse.first === 0 ? this.#filter.length / 4 : 0);
      this.#publish();
      const { coarse, fine } = this.#filling;
      const end = (fine.words > 0 ? fine.first + fine.words : coarse.first + coarse.words) * 2;
      for (let at = coarse.first * 2; at < end; at += STEP * 16) {
        this.#filter.fill(0, at, Math.min(at + STEP * 16, end));
        yield;
      }
      const [keysBefore, staleBefore] = [this.#keys, this.#stale];
      let met = 0;
      for (const prefix of walk) {
        this.#setBits(prefix, this.#filling);
        if (++met % STEP === 0) yield;
      }
      this.#serving = this.#filling;
      this.#keys = met + this.#keys - keysBefore;
      this.#stale -= staleBefore;
    } finally {
      this.#filling = this.#serving;
      this.#publish();
      this.#isRefilling = false;
    }
  }

  #setBits(prefix: Prefix, sieves: Sieves): void {
    const { high, low } = wordsOf(prefix);
    setInSieves(this.#filter, sieves, keyHash(this.#seed, prefix.family, prefix.length, high, low));
  }

  /** Filling first: until the new one serves, bits are set in both. */
  #publish(): void {
    const store = (which: number, { coarse, fine }: Sieves) => {
      const at = (which * filterLayout.size) / 8;
      Atomics.store(this.#published, at + filterLayout.fine.at / 8, sieveValue(fine));
      Atomics.store(this.#published, at + filterLayout.coarse.at / 8, sieveValue(coarse));
    };
    store(front.FILLING, this.#filling);
    store(front.SERVING, this.#serving);
  }
}
