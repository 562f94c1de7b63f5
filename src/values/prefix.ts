import { isIPv4, isIPv6 } from 'node:net';

/**
 * An IPv4 or IPv6 network, or a single address as the network of full length.
 * `bytes` holds 16 bytes; an IPv4 address takes the first four. Bits behind `length` are zero.
 */
export type Prefix = { readonly family: 4 | 6; readonly bytes: Uint8Array; readonly length: number };

export const fullLength = (family: 4 | 6): 32 | 128 => (family === 4 ? 32 : 128);

/**
 * Reads `192.0.2.1`, `192.0.2.0/24`, `2001:db8::1` or `2001:db8::/32`. Host bits behind the length are cleared.
 * An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2) is the IPv4 address.
 * Undefined for anything else: zone identifiers, octal or hexadecimal IPv4 numbers, a length out of range.
 */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = '', length, ...rest] = text.split('/');
  if (rest.length > 0) return undefined;
  const bytes = parseAddress(address);
  if (!bytes) return undefined;
  const family = isIPv4(address) ? 4 : 6;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const bits = length === undefined ? fullLength(family) : Number(length);
  if (bits > fullLength(family)) return undefined;
  return unmapped(maskPrefix({ family, bytes, length: bits }));
}

const MAPPED_BITS = 96;

function unmapped(prefix: Prefix): Prefix {
  const isMapped =
    prefix.family === 6 &&
    prefix.length >= MAPPED_BITS &&
    prefix.bytes.subarray(0, 10).every((byte) => byte === 0) &&
    prefix.bytes[10] === 0xff &&
    prefix.bytes[11] === 0xff;
  if (!isMapped) return prefix;
  const bytes = new Uint8Array(16);
  bytes.set(prefix.bytes.subarray(12));
  return { family: 4, bytes, length: prefix.length - MAPPED_BITS };
}

/** The 16 bytes of an address, or undefined. */
function parseAddress(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  if (isIPv4(text)) {
    bytes.set(text.split('.').map(Number));
    return bytes;
  }
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = text.split('::');
  const front = hextets(head);
  const back = tail === undefined ? [] : hextets(tail);
  bytes.set(front);
  bytes.set(back, 16 - back.length);
  return bytes;
}

/** Bytes of colon-separated hexadecimal groups, of which the last may be a dotted IPv4 address. */
function hextets(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** The same network with every bit behind `length` cleared. */
export function maskPrefix(prefix: Prefix, length: number = prefix.length): Prefix {
  const bytes = new Uint8Array(16);
  for (let index = 0; index < 16; index++) {
    const kept = Math.min(Math.max(length - index * 8, 0), 8);
    bytes[index] = prefix.bytes[index]! & (0xff00 >> kept);
  }
  return { family: prefix.family, bytes, length };
}

/** RFC 5952 text; the length is left out of single addresses. */
export function formatPrefix(prefix: Prefix): string {
  const address = formatAddress(prefix.family, prefix.bytes);
  return prefix.length === fullLength(prefix.family) ? address : `${address}/${prefix.length}`;
}

/** Text of the address in `bytes` (16 of them). */
export function formatAddress(family: number, bytes: Uint8Array): string {
  if (family === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[index * 2]! << 8) | bytes[index * 2 + 1]!);
  const { start, length } = longestZeroRun(groups);
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return length < 2 ? hex(0, 8) : `${hex(0, start)}::${hex(start + length, 8)}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** True when every address of `inner` lies in `outer`. */
export function contains(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  const masked = maskPrefix(inner, outer.length);
  return masked.bytes.every((byte, index) => byte === outer.bytes[index]);
}
