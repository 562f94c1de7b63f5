import type { Prefix } from '../values/prefix.ts';
import { filterKey } from './wire.generated.ts';

/** The arithmetic of bpf/filter.h: what it finds there is put there by this. */

const { HASH_1, HASH_2, HASH_3, HASH_4, HASH_5, HOST_BITS4, HOST_BITS6, TAG_IPV6, TAG_PLACE, TAG_VICINITY } =
  filterKey;
const TWO_TO_16 = 0x1_0000;

type Network = Pick<Prefix, 'family' | 'length'>;

export const hostBits = (family: 4 | 6): number => (family === 4 ? HOST_BITS4 : HOST_BITS6);

/** A network is looked for by its length; all else by the host. */
export const isNetwork = ({ family, length }: Network): boolean => length < hostBits(family);

/** Hash of a key: the first 64 bits of an address (of IPv4: its 32, and 0), masked, and what they stand for. */
function hash(seed: number, high: number, low: number, tag: number): number {
  let mixed = Math.imul(high ^ seed, HASH_1) + tag;
  mixed = Math.imul((mixed ^ (mixed >>> 15)) + low, HASH_2);
  return Math.imul(mixed ^ (mixed >>> 14), HASH_3) >>> 0;
}

/** Hash of the key that a block of such a prefix has. */
export function keyHash(seed: number, family: 4 | 6, length: number, high: number, low: number): number {
  const bits = Math.min(length, hostBits(family));
  return hash(seed, high, low, family === 6 ? TAG_IPV6 + bits : bits);
}

/** Where in the table of lists an entry belongs: of IPv6 all 128 bits count. */
export function placeHash(
  seed: number,
  family: 4 | 6,
  length: number,
  high: number,
  low: number,
  third: number,
  fourth: number,
): number {
  const start = hash(seed, high, low, family === 6 ? TAG_IPV6 + length : length);
  return hash(seed, start ^ third, fourth, TAG_PLACE);
}

/** The vicinity, one of 2^bits, that an address with these first 32 bits lies in. */
export function vicinityOf(seed: number, family: 4 | 6, high: number, bits: number): number {
  return (family === 6 ? hash(seed, high, 0, TAG_VICINITY) : high) >>> (32 - bits);
}

/** Sets a bit of the word at `at`. The lower half of a 64-bit word comes first: little-endian. */
export type SetBit = (memory: Uint32Array, at: number, bit: number) => void;

/** Atomically, for the kernel's own blocks set bits in the same words. */
export const setShared: SetBit = (memory, at, bit) => {
  Atomics.or(memory, at + (bit >>> 5), 1 << (bit & 31));
};

/** In memory that nobody else writes to: several times as fast. */
export const setOwn: SetBit = (memory, at, bit) => {
  memory[at + (bit >>> 5)]! |= 1 << (bit & 31);
};

/** Sets a key's bits in the coarse sieve of `words` 64-bit words from word `first` on; `memory` is of 32-bit halves. */
export function setCoarse(
  memory: Uint32Array,
  first: number,
  words: number,
  hash: number,
  set: SetBit,
): void {
  const at = wordAt(first, words, hash);
  const bits = Math.imul(hash ^ (hash >>> 15), HASH_4);
  set(memory, at, bits >>> 26);
  set(memory, at, (bits >>> 20) & 63);
}

/** The same for the fine sieve. */
export function setFine(memory: Uint32Array, first: number, words: number, hash: number, set: SetBit): void {
  const at = wordAt(first, words, hash);
  const bits = Math.imul(hash ^ (hash >>> 13), HASH_5);
  set(memory, at, bits >>> 26);
  set(memory, at, (bits >>> 20) & 63);
  set(memory, at, (bits >>> 14) & 63);
}

const wordAt = (first: number, words: number, hash: number): number => (first + shareOf(hash, words)) * 2;

/** The upper 32 bits of the product of two numbers of 32 bits, which may be more than a double holds exactly. */
export function shareOf(hash: number, count: number): number {
  const lower = Math.floor(((hash & 0xffff) * count) / TWO_TO_16);
  return Math.floor(((hash >>> 16) * count + lower) / TWO_TO_16);
}

/** The first 64 bits of a prefix as two numbers; of IPv4, its 32 bits and 0. */
export function wordsOf({ family, bytes }: Pick<Prefix, 'family' | 'bytes'>): { high: number; low: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { high: view.getUint32(0), low: family === 6 ? view.getUint32(4) : 0 };
}
