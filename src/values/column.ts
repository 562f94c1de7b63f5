import { wordMask } from './prefix-columns.ts';

const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;

/** Addresses and prefix lengths of one family; grows as they come, in any order. */
export class Column {
  readonly #words: number;
  #addresses: Uint32Array<ArrayBuffer>;
  #lengths: Uint8Array<ArrayBuffer>;
  #size = 0;

  /** `words` an address, room for `capacity` of them to begin with. */
  constructor(words: number, capacity = 1024) {
    this.#words = words;
    this.#addresses = new Uint32Array(capacity * words);
    this.#lengths = new Uint8Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  add4(address: number, length: number): void {
    this.#makeRoom();
    this.#addresses[this.#size] = address & wordMask(length);
    this.#lengths[this.#size++] = length;
  }

  /** `words`: four, the most significant first. */
  add6(words: ArrayLike<number>, length: number): void {
    this.#makeRoom();
    const at = this.#size * 4;
    this.#addresses[at] = words[0]! & wordMask(length);
    this.#addresses[at + 1] = words[1]! & wordMask(length - 32);
    this.#addresses[at + 2] = words[2]! & wordMask(length - 64);
    this.#addresses[at + 3] = words[3]! & wordMask(length - 96);
    this.#lengths[this.#size++] = length;
  }

  /** In rising order, without those that an earlier one holds; in memory that threads share. */
  finish(): { readonly addresses: Uint32Array; readonly lengths: Uint8Array } {
    const order = this.#sorted();
    const words = this.#words;
    const addresses = new Uint32Array(order.length * words);
    const lengths = new Uint8Array(order.length);
    let kept = 0;
    for (const index of order) {
      const from = index * words;
      const length = this.#lengths[index]!;
      if (kept > 0 && this.#isInside(addresses, (kept - 1) * words, lengths[kept - 1]!, from)) continue;
      for (let word = 0; word < words; word++) addresses[kept * words + word] = this.#addresses[from + word]!;
      lengths[kept++] = length;
    }
    return {
      addresses: new Uint32Array(shared(addresses.subarray(0, kept * words))),
      lengths: new Uint8Array(shared(lengths.subarray(0, kept))),
    };
  }

  /** A network comes right before those inside it, so the one kept last is the only one that can hold the next. */
  #isInside(addresses: Uint32Array, at: number, length: number, from: number): boolean {
    for (let word = 0; word < this.#words; word++) {
      const difference = addresses[at + word]! ^ this.#addresses[from + word]!;
      if ((difference & wordMask(length - word * 32)) !== 0) return false;
    }
    return true;
  }

  #makeRoom(): void {
    if (this.#size < this.#lengths.length) return;
    const capacity = this.#lengths.length * 2;
    const addresses = new Uint32Array(capacity * this.#words);
    addresses.set(this.#addresses);
    this.#addresses = addresses;
    const lengths = new Uint8Array(capacity);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
  }

  /** Indices by address, then by length: a radix sort from the least digit to the greatest, each of which keeps the order of the last. */
  #sorted(): Uint32Array {
    let order = new Uint32Array(this.#size).map((_, index) => index);
    let spare = new Uint32Array(this.#size);
    const by = (digitOf: (index: number) => number) => {
      const starts = new Uint32Array(DIGITS + 1);
      for (let index = 0; index < this.#size; index++) starts[digitOf(index) + 1]!++;
      if (starts.includes(this.#size, 1)) return; // all have the same digit
      for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1]! += starts[digit]!;
      for (const index of order) spare[starts[digitOf(index)]!++] = index;
      [order, spare] = [spare, order];
    };
    const [addresses, lengths, words] = [this.#addresses, this.#lengths, this.#words];
    by((index) => lengths[index]!);
    for (let word = words - 1; word >= 0; word--) {
      by((index) => addresses[index * words + word]! & (DIGITS - 1));
      by((index) => addresses[index * words + word]! >>> DIGIT_BITS);
    }
    return order;
  }
}

function shared(column: Uint32Array | Uint8Array): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(column.byteLength);
  new Uint8Array(memory).set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return memory;
}
