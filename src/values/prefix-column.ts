import { grown } from './grown.ts';
import type { Prefix } from './prefix.ts';

const BYTES = 16;
const FAMILY_6 = 256;
/** Added to what stands for a prefix, so that 0 means none. */
const TAKEN = 512;

/** Prefixes by row, in 18 bytes each. */
export class PrefixColumn {
  #bytes: Uint8Array;
  /** Family and length. */
  #kinds: Uint16Array;

  constructor(room: number) {
    this.#bytes = new Uint8Array(room * BYTES);
    this.#kinds = new Uint16Array(room);
  }

  set(row: number, prefix: Prefix): void {
    this.#kinds[row] = kindOf(prefix);
    this.#bytes.set(prefix.bytes, row * BYTES);
  }

  clear(row: number): void {
    this.#kinds[row] = 0;
  }

  has(row: number): boolean {
    return this.#kinds[row] !== 0;
  }

  is(row: number, prefix: Prefix): boolean {
    if (this.#kinds[row] !== kindOf(prefix)) return false;
    const at = row * BYTES;
    for (let index = 0; index < BYTES; index++)
      if (this.#bytes[at + index] !== prefix.bytes[index]) return false;
    return true;
  }

  /** To be asked of a row that has one. */
  get(row: number): Prefix {
    const kind = this.#kinds[row]!;
    return {
      family: kind & FAMILY_6 ? 6 : 4,
      bytes: this.#bytes.slice(row * BYTES, (row + 1) * BYTES),
      length: kind & 0xff,
    };
  }

  grow(room: number): void {
    this.#bytes = grown(this.#bytes, room * BYTES);
    this.#kinds = grown(this.#kinds, room);
  }
}

const kindOf = ({ family, length }: Prefix): number => TAKEN | (family === 6 ? FAMILY_6 : 0) | length;
