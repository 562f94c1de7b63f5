/** What the program does in bpf/filter.h, written a second time: on bigints, from the C text, not from src/kernel. */
import { filterKey } from '../../../src/kernel/wire.generated.ts';

const { HASH_1, HASH_2, HASH_3, HASH_4, HASH_5, TAG_IPV6, TAG_PLACE, TAG_VICINITY } = filterKey;

export type Family = 4 | 6;
export type Words = { readonly high: bigint; readonly low: bigint };

const u32 = (value: bigint): bigint => value & 0xffff_ffffn;
const times = (a: bigint, b: number): bigint => u32(a * BigInt(b >>> 0));

export const hostBits = (family: Family): number => (family === 4 ? 32 : 64);
export const tag = (family: Family, length: number): number => (family === 6 ? TAG_IPV6 + length : length);

export function be32(bytes: Uint8Array, at: number): bigint {
  return BigInt(new DataView(bytes.buffer, bytes.byteOffset).getUint32(at));
}

/** xs_words_of */
export const wordsOf = (family: Family, bytes: Uint8Array): Words => ({
  high: be32(bytes, 0),
  low: family === 6 ? be32(bytes, 4) : 0n,
});

/** xs_prefix_of: bits behind the length are cleared. */
export function masked(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, at) => {
    const kept = Math.min(8, Math.max(0, length - at * 8));
    return bytes[at]! & (0xff00 >> kept);
  });
}

/** xs_filter_hash */
export function filterHash(seed: number, { high, low }: Words, tagged: number): bigint {
  let hash = u32(times(high ^ BigInt(seed), HASH_1) + BigInt(tagged));
  hash = times(u32((hash ^ (hash >> 15n)) + low), HASH_2);
  return times(hash ^ (hash >> 14n), HASH_3);
}

/** xs_prefix_hash for a place in the table of lists. */
export function placeHash(seed: number, family: Family, bytes: Uint8Array, length: number): bigint {
  const hash = filterHash(seed, wordsOf(family, bytes), tag(family, length));
  const rest = family === 6 ? { high: hash ^ be32(bytes, 8), low: be32(bytes, 12) } : { high: hash, low: 0n };
  return filterHash(seed, rest, TAG_PLACE);
}

/** xs_vicinity */
export function vicinityOf(seed: number, family: Family, bytes: Uint8Array, bits: number): number {
  const { high } = wordsOf(family, bytes);
  const spread = family === 6 ? filterHash(seed, { high, low: 0n }, TAG_VICINITY) : high;
  return Number(spread >> BigInt(32 - bits));
}

/** xs_filter_word */
export const wordIn = (hash: bigint, words: bigint): bigint => (hash * words) >> 32n;

const bit = (number: bigint): bigint => 1n << (number & 63n);

function coarseBits(hash: bigint): bigint {
  const bits = times(hash ^ (hash >> 15n), HASH_4);
  return bit(bits >> 26n) | bit(bits >> 20n);
}

function fineBits(hash: bigint): bigint {
  const bits = times(hash ^ (hash >> 13n), HASH_5);
  return bit(bits >> 26n) | bit(bits >> 20n) | bit(bits >> 14n);
}

/** What a key sets, or looks for, in a sieve: the word, and bits in it. */
export const inCoarse = (sieve: bigint, hash: bigint) => ({
  at: placeIn(sieve, hash),
  bits: coarseBits(hash),
});
export const inFine = (sieve: bigint, hash: bigint) => ({ at: placeIn(sieve, hash), bits: fineBits(hash) });
const placeIn = (sieve: bigint, hash: bigint): number => Number((sieve >> 32n) + wordIn(hash, u32(sieve)));

/** xs_filter_has. `words`: the whole map as 64-bit words. A word beyond it is not found, and so neither is the key. */
export function filterHas(words: BigUint64Array, coarse: bigint, fine: bigint, hash: bigint): boolean {
  const has = ({ at, bits }: { at: number; bits: bigint }) => ((words[at] ?? 0n) & bits) === bits;
  return has(inCoarse(coarse, hash)) && (fine === 0n || has(inFine(fine, hash)));
}
