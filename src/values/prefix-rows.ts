import { grown } from './grown.ts';
import type { Prefix } from './prefix.ts';
import { PrefixColumn } from './prefix-column.ts';

/**
 * Numbers prefixes: each has a row, for columns beside this one. A hash table in plain memory, because a Map of a million
 * entries holds up everybody while it grows, and takes four times the room. Rows are used again.
 */
export class PrefixRows {
  readonly #prefixes: PrefixColumn;
  /** First row of each chain, and for each row the next one of its chain; one more than the number, 0: none. */
  #heads: Int32Array;
  #next: Int32Array;
  /** Rows that have been used, ever. */
  #used = 0;
  /** First of those that are free again. */
  #free = 0;
  #size = 0;
  /** Who forges sources must not know which of them share a chain. */
  readonly #multipliers = Uint32Array.from({ length: 5 }, () => (Math.random() * 2 ** 32) | 1);

  /** Room to begin with; more is made as it is needed, and while that is done everybody waits. */
  constructor(room: number) {
    this.#prefixes = new PrefixColumn(room);
    this.#next = new Int32Array(room);
    this.#heads = new Int32Array(chainsFor(room));
  }

  get size(): number {
    return this.#size;
  }

  /** Columns have to have so many rows. */
  get room(): number {
    return this.#next.length;
  }

  find(prefix: Prefix): number | undefined {
    let link = this.#heads[this.#chainOf(prefix)]!;
    while (link !== 0 && !this.#prefixes.is(link - 1, prefix)) link = this.#next[link - 1]!;
    return link === 0 ? undefined : link - 1;
  }

  /** A row for a prefix that has none. */
  add(prefix: Prefix): number {
    if (this.#free === 0 && this.#used === this.room) this.#grow();
    const row = this.#free === 0 ? this.#used++ : this.#free - 1;
    if (this.#free !== 0) this.#free = this.#next[row]!;
    this.#prefixes.set(row, prefix);
    this.#link(row, prefix);
    this.#size++;
    return row;
  }

  delete(row: number): void {
    const chain = this.#chainOf(this.prefixOf(row));
    if (this.#heads[chain] === row + 1) {
      this.#heads[chain] = this.#next[row]!;
    } else {
      let before = this.#heads[chain]! - 1;
      while (this.#next[before] !== row + 1) before = this.#next[before]! - 1;
      this.#next[before] = this.#next[row]!;
    }
    this.#prefixes.clear(row);
    this.#next[row] = this.#free;
    this.#free = row + 1;
    this.#size--;
  }

  has(row: number): boolean {
    return this.#prefixes.has(row);
  }

  /** To be asked of a row that has one. */
  prefixOf(row: number): Prefix {
    return this.#prefixes.get(row);
  }

  #link(row: number, prefix: Prefix): void {
    const chain = this.#chainOf(prefix);
    this.#next[row] = this.#heads[chain]!;
    this.#heads[chain] = row + 1;
  }

  /** Multiplying by random numbers and taking the upper bits: universal hashing (Dietzfelbinger et al. 1997). */
  #chainOf({ family, bytes, length }: Prefix): number {
    const m = this.#multipliers;
    let hash = Math.imul(family * 256 + length, m[4]!);
    for (let word = 0; word < (family === 4 ? 1 : 4); word++) {
      const at = word * 4;
      const value = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      hash = Math.imul(hash ^ (hash >>> 15) ^ value, m[word]!);
    }
    return hash >>> (32 - Math.log2(this.#heads.length));
  }

  #grow(): void {
    const room = this.room * 2;
    this.#prefixes.grow(room);
    this.#next = grown(this.#next, room);
    this.#heads = new Int32Array(chainsFor(room));
    for (let row = 0; row < this.#used; row++) this.#link(row, this.prefixOf(row)); // none is free, or it would not grow
  }
}

/** A power of two: at most one row a chain, on average. */
const chainsFor = (room: number): number => 2 ** Math.max(1, Math.ceil(Math.log2(room)));
