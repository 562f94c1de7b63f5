import type { Prefix } from './prefix.ts';

/**
 * Networks by the million: columns instead of objects. Masked, in rising order, none inside another one. Threads share their
 * memory, so they are not changed once they are made.
 */
export type PrefixColumns = {
  /** IPv4: addresses in host byte order, and prefix lengths; as many of these as of those. */
  readonly addresses4: Uint32Array;
  readonly lengths4: Uint8Array;
  /** IPv6: four 32-bit words an address, the most significant first, each in host byte order; and prefix lengths. */
  readonly addresses6: Uint32Array;
  readonly lengths6: Uint8Array;
};

/** Lists of networks that the data plane takes at one time. */
export const MAX_LISTS = 32;

/** Words that an address takes in a column. */
export const WORDS = { 4: 1, 6: 4 } as const;

export const EMPTY_COLUMNS: PrefixColumns = {
  addresses4: new Uint32Array(0),
  lengths4: new Uint8Array(0),
  addresses6: new Uint32Array(0),
  lengths6: new Uint8Array(0),
};

/** The bits of a 32-bit word that belong to the network, when `bits` of them do; fewer than none are none, more than 32 all. */
export const wordMask = (bits: number): number =>
  bits <= 0 ? 0 : bits >= 32 ? 0xffff_ffff : (0xffff_ffff << (32 - bits)) >>> 0;

/** The 16 bytes of a prefix as words; an IPv4 address is the first. */
export function wordsOf({ bytes }: Pick<Prefix, 'bytes'>): Uint32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return Uint32Array.from([0, 4, 8, 12], (at) => view.getUint32(at));
}

/** The prefix that such words are, as an object. */
export function prefixOf(family: 4 | 6, words: ArrayLike<number>, length: number): Prefix {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < WORDS[family]; word++) view.setUint32(word * 4, words[word]!);
  return { family, bytes, length };
}

/** Every network of the columns as an object: for few of them. */
export function* prefixesIn(columns: PrefixColumns): IterableIterator<Prefix> {
  for (const [index, length] of columns.lengths4.entries()) {
    yield prefixOf(4, [columns.addresses4[index]!], length);
  }
  for (const [index, length] of columns.lengths6.entries()) {
    yield prefixOf(6, columns.addresses6.subarray(index * WORDS[6], (index + 1) * WORDS[6]), length);
  }
}
