import { parsePrefix } from '../values/prefix.ts';
import { wordsOf } from '../values/prefix-columns.ts';
import { type NetworkTaker, readNetwork, textOf } from './network.ts';
import { splitRange } from './range.ts';

/** What a line is: `entry` when its networks were taken, `remark` when it has none and is not meant to. */
export type LineKind = 'entry' | 'remark' | 'blank' | 'bad';

const [TAB, CARRIAGE_RETURN, BLANK, HASH, SEMICOLON] = [0x09, 0x0d, 0x20, 0x23, 0x3b];

const isBlank = (byte: number): boolean => byte === BLANK || byte === TAB || byte === CARRIAGE_RETURN;

/**
 * Reads a line of a plain list: an address, a network, or IPv4 addresses `first-last`, with blanks around it and a comment
 * behind it, if any. Comments begin with `#` or `;`.
 */
export function readPlainLine(
  bytes: Uint8Array,
  lineStart: number,
  lineEnd: number,
  taker: NetworkTaker,
): LineKind {
  let start = lineStart;
  while (start < lineEnd && isBlank(bytes[start]!)) start++;
  if (start === lineEnd) return 'blank';
  let end = start;
  while (end < lineEnd && bytes[end] !== HASH && bytes[end] !== SEMICOLON) end++;
  if (end === start) return 'remark';
  while (isBlank(bytes[end - 1]!)) end--;
  return readNetwork(bytes, start, end, taker) || readRange(bytes, start, end, taker) ? 'entry' : 'bad';
}

/** Longest text of a range: two addresses, and blanks between them. */
const MAX_RANGE_TEXT = 40;

function readRange(bytes: Uint8Array, start: number, end: number, taker: NetworkTaker): boolean {
  if (end - start > MAX_RANGE_TEXT) return false;
  const parts = /^([\d.]+)\s*-\s*([\d.]+)$/.exec(textOf(bytes, start, end));
  const first = parts && parsePrefix(parts[1]!);
  const last = parts && parsePrefix(parts[2]!);
  if (!first || !last) return false;
  const [from, to] = [wordsOf(first)[0]!, wordsOf(last)[0]!];
  if (from > to) return false;
  splitRange(from, to, taker.take4);
  return true;
}
