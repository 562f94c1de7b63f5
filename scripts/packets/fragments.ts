import type { Packet } from './packet.ts';

/** Where one of several fragments stands in the whole, in 8-byte units, and whether more follow. */
export type Piece = { readonly offset: number; readonly more: boolean; readonly bytes: Uint8Array };

/** Cuts what IP carries into fragments of `size` bytes, a multiple of 8; the last one has what is left. */
export function piecesOf(payload: Uint8Array, size: number): Piece[] {
  if (size % 8 !== 0 || size <= 0) throw new RangeError(`a fragment has 8, 16, … bytes, not ${size}`);
  return Array.from({ length: Math.ceil(payload.length / size) }, (_, index) => ({
    offset: (index * size) / 8,
    more: (index + 1) * size < payload.length,
    bytes: payload.slice(index * size, (index + 1) * size),
  }));
}

/** What stands behind the IP header of a packet without options that begins with it. */
export const payloadOf = (packet: Packet, family: 4 | 6): Uint8Array =>
  packet.build().slice(family === 4 ? 20 : 40);
