import { HABIT, SAME_16, type Sign, type TcpLook } from './mark.ts';

/** hping2.h: DEFAULT_SRCWINSIZE. */
const WINDOW = 512;
const BARE_HEADER_BYTES = 20;

const looksLike = ({ window, headerBytes }: TcpLook): boolean =>
  window === WINDOW && headerBytes === BARE_HEADER_BYTES;

/** The next source port, as sendtcp.c takes it for each packet, or the same as in a scan (--scan). */
export const isNextOf = (look: TcpLook, before: TcpLook): boolean =>
  looksLike(look) &&
  looksLike(before) &&
  (look.sourcePort === before.sourcePort || look.sourcePort === ((before.sourcePort + 1) & 0xffff));

/** hping3 sends a window of 512 and no options, as some small devices might. `inRow`: packets so far, each with the next source port after the one before. */
export function hping3Sign(look: TcpLook, inRow: number): Sign {
  if (look.kind === 'odd_reply' || !looksLike(look)) return undefined;
  return inRow >= 3 ? 2 * SAME_16 : HABIT;
}
