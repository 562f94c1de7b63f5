import { parsePrefix } from '../values/prefix.ts';
import { wordsOf } from '../values/prefix-columns.ts';
import { readIPv4 } from './ipv4.ts';
import { readIPv6 } from './ipv6.ts';

/** Takes networks that were read, bits behind the length and all. */
export type NetworkTaker = {
  /** `address` in host byte order. */
  take4(address: number, length: number): void;
  /** Four words, the most significant first, which are the caller's again when this returns. */
  take6(words: Uint32Array, length: number): void;
};

/** Where each IPv6 address is read into. */
const words = new Uint32Array(4);

/** Longest text of a network: eight groups of four digits, the last two as a dotted IPv4 address, and a length. */
const MAX_TEXT = '0000:0000:0000:0000:0000:ffff:255.255.255.255/128'.length;

/** With room for any characters: what is cut short could be an address. */
const scratch = Buffer.alloc(MAX_TEXT * 3);

/** Reads one address or network, all that `parsePrefix` reads, from bytes; answers whether it is one. */
export function readNetwork(bytes: Uint8Array, start: number, end: number, taker: NetworkTaker): boolean {
  if (readIPv4(bytes, start, end, taker.take4)) return true;
  const length = readIPv6(bytes, start, end, words);
  if (length >= 0) {
    taker.take6(words, length);
    return true;
  }
  const prefix = end - start > MAX_TEXT ? undefined : parsePrefix(textOf(bytes, start, end));
  if (!prefix) return false;
  const read = wordsOf(prefix);
  if (prefix.family === 4) taker.take4(read[0]!, prefix.length);
  else taker.take6(read, prefix.length);
  return true;
}

/** The same from a text. */
export function readNetworkText(text: string, taker: NetworkTaker): boolean {
  return text.length <= MAX_TEXT && readNetwork(scratch, 0, scratch.write(text), taker);
}

/** Bytes of an address are ASCII, and those of anything else must only not be mistaken for one. */
export const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
