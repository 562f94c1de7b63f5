import { HABIT, type Look, SAME_16, type Sign, type TcpLook } from './mark.ts';

/** What zmap before 4.1 writes into each packet (zmap/zmap, src/probe_modules/packet.c: `ip_id = htons(54321)`). */
const IDENTIFICATION = 54_321;
/** `th_win = htons(65535)`, in all versions. */
const WINDOW = 65_535;
/** It begins with a TTL of 255 (MAXTTL); other stacks that send so large a window begin with 128 or 64. */
const MORE_THAN_128 = 128;
/** MSS, SACK permitted and window scale, as Windows orders them: what zmap sends from 4.1 on, where the identification is random (CHANGELOG, 4.1.0). */
const WINDOWS_HEADER_BYTES = 32;

export function zmapSign({ kind, ipId, ttl, window, headerBytes }: TcpLook): Sign {
  if (kind !== 'syn' || window !== WINDOW) return undefined;
  if (ipId === IDENTIFICATION) return SAME_16;
  return headerBytes === WINDOWS_HEADER_BYTES && ttl > MORE_THAN_128 ? HABIT : undefined;
}

/** Of a datagram, which has no window. */
export const zmapUdpSign = ({ ipId, ttl }: Look): Sign =>
  ipId === IDENTIFICATION && ttl > MORE_THAN_128 ? SAME_16 : undefined;
