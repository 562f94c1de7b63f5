import type { Prefix } from './prefix.ts';

/** Networks as bytes, for another thread: quickly made, and copied in one go. */
export type PackedPrefixes = Uint8Array<ArrayBuffer>;

/** Family, length, and the 16 bytes of the address. */
const BYTES = 18;

export const roomFor = (count: number): PackedPrefixes => new Uint8Array(count * BYTES);

/** Writes a prefix in place number `index` (from 0). */
export function pack(prefix: Prefix, into: PackedPrefixes, index: number): void {
  const at = index * BYTES;
  into[at] = prefix.family;
  into[at + 1] = prefix.length;
  into.set(prefix.bytes, at + 2);
}

export function packAll(prefixes: readonly Prefix[]): PackedPrefixes {
  const packed = roomFor(prefixes.length);
  for (const [index, prefix] of prefixes.entries()) pack(prefix, packed, index);
  return packed;
}

export function* unpack(packed: PackedPrefixes): IterableIterator<Prefix> {
  for (let at = 0; at < packed.length; at += BYTES) {
    const family = packed[at] === 4 ? 4 : 6;
    yield { family, length: packed[at + 1]!, bytes: packed.slice(at + 2, at + BYTES) };
  }
}
