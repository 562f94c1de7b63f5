import type { ProbeKind } from '../probe.ts';
import { areApart, HABIT, high16, low16, SAME_16, SAME_32, type Sign, type TcpLook, xor } from './mark.ts';

/** Since 5.x always the first; before, one of them at random (nmap/nmap, tcpip.cc, build_tcp). */
const WINDOWS: ReadonlySet<number> = new Set([1024, 2048, 3072, 4096]);
/** A SYN has an MSS and nothing else (nmap.h, since 4.5); the others have no options, nor has an older SYN. */
const MSS_HEADER_BYTES = 24;
/** Source ports of one run differ by the number of the try or of the ping, 8 bits each (scan_engine_raw.cc, sport_encode). */
const MAX_PORT_DISTANCE = 512;
const WITH_ACK: ReadonlySet<ProbeKind> = new Set(['ack', 'maimon']);

/**
 * The packets of one run of nmap share a source port and a sequence number, in which only the number of the try is written, twice, once in each half
 * (scan_engine_raw.cc, seq32_encode: `seqmask ^ ((try << 16) + try)`). So two of them, to different ports, have the same sequence number, or two that
 * differ by the same in both halves. It is so in IPv6, too. `before`: the last packet of the source that went elsewhere.
 */
export function nmapSign(look: TcpLook, before: TcpLook | undefined): Sign {
  const { kind, window, headerBytes } = look;
  if (kind === 'odd_reply' || !WINDOWS.has(window)) return undefined;
  if (before && WINDOWS.has(before.window) && areApart(look, before)) {
    const shared = sharedBy(look, before);
    if (shared !== undefined) return shared;
  }
  return kind === 'syn' && window === 1024 && headerBytes === MSS_HEADER_BYTES ? HABIT : undefined;
}

function sharedBy(look: TcpLook, before: TcpLook): number | undefined {
  const difference = xor(look.sequence, before.sequence);
  if (difference === 0) {
    if (look.sourcePort !== before.sourcePort) return undefined;
    if (look.sequence !== 0) return SAME_32;
    // In a packet with ACK, the number of the try is in the acknowledgement. In others, a field at 0 is what anybody may have left there.
    return WITH_ACK.has(look.kind) ? SAME_16 : undefined;
  }
  const isMirrored = high16(difference) === low16(difference);
  return isMirrored && Math.abs(look.sourcePort - before.sourcePort) <= MAX_PORT_DISTANCE
    ? SAME_16
    : undefined;
}
