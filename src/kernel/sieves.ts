import { type SetBit, setCoarse, setFine, setShared } from './filter.ts';

/** Keys a word that a sieve is made for: 32 bits a key, and it serves until there are twice as many. */
const KEYS_A_WORD = 2;
export const CROWDED = 2 * KEYS_A_WORD;
/** 512 KB: half of what a core of today has as second-level cache. */
export const COARSE_WORDS_MAX = 65_536;
const WORDS_MIN = 64;

export type Sieves = {
  /** Numbers of 64-bit words; no words: there is no such sieve. */
  readonly coarse: { readonly first: number; readonly words: number };
  readonly fine: { readonly first: number; readonly words: number };
};

/** Words that the sieves for so many keys take. */
export function sieveWords(keys: number): { coarse: number; fine: number } {
  const wanted = Math.max(WORDS_MIN, Math.ceil(keys / KEYS_A_WORD));
  return { coarse: Math.min(wanted, COARSE_WORDS_MAX), fine: wanted > COARSE_WORDS_MAX ? wanted : 0 };
}

/** The sieves for so many keys, one behind the other from word `first` on. */
export function layOut(keys: number, first: number): Sieves {
  const { coarse, fine } = sieveWords(keys);
  return { coarse: { first, words: coarse }, fine: { first: first + coarse, words: fine } };
}

/** Keys that these sieves can hold before they are crowded. */
export function roomIn({ coarse, fine }: Sieves): number {
  return (fine.words > 0 ? fine.words : coarse.words) * CROWDED;
}

export function setInSieves(
  memory: Uint32Array,
  { coarse, fine }: Sieves,
  hash: number,
  set: SetBit = setShared,
): void {
  setCoarse(memory, coarse.first, coarse.words, hash, set);
  if (fine.words > 0) setFine(memory, fine.first, fine.words, hash, set);
}

/** As struct xs_filter has it. */
export const sieveValue = ({ first, words }: Sieves['coarse']): bigint =>
  words === 0 ? 0n : (BigInt(first) << 32n) | BigInt(words);
