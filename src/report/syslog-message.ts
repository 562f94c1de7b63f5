import { oneLine } from './one-line.ts';

export type Severity = 'error' | 'warn' | 'notice' | 'info' | 'debug';

/** RFC 3164, table 2. */
const severityNumbers = {
  error: 3,
  warn: 4,
  notice: 5,
  info: 6,
  debug: 7,
} as const satisfies Record<Severity, number>;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** What syslog daemons read of one datagram unless they are told otherwise (rsyslog's maxMessageSize). */
export const MAX_MESSAGE_BYTES = 8192;

/** The program in whose name a message is sent. `facility`: RFC 3164, table 1, 0 to 23. */
export type Sender = { readonly facility: number; readonly ident: string; readonly pid: number };

/**
 * A datagram as syslog(3) of glibc sends it to /dev/log: `<29>Nov 22 00:18:07 portsentry[123]: text`, in local time, with no
 * host name and no line end. `text` is made one line; a message longer than MAX_MESSAGE_BYTES is cut, and says so at its end.
 */
export function syslogMessage(
  { facility, ident, pid }: Sender,
  severity: Severity,
  text: string,
  atMs: number,
): Buffer {
  const priority = facility * 8 + severityNumbers[severity];
  const whole = Buffer.from(`<${priority}>${timestamp(new Date(atMs))} ${ident}[${pid}]: ${oneLine(text)}`);
  if (whole.length <= MAX_MESSAGE_BYTES) return whole;
  const note = Buffer.from(` [cut: the message had ${whole.length} bytes]`);
  return Buffer.concat([whole.subarray(0, characterStart(whole, MAX_MESSAGE_BYTES - note.length)), note]);
}

/** `Nov  2 00:18:07` */
function timestamp(time: Date): string {
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()];
  const day = String(time.getDate()).padStart(2);
  return `${MONTHS[time.getMonth()]} ${day} ${clock.map((part) => String(part).padStart(2, '0')).join(':')}`;
}

/** The first byte of the UTF-8 character that the byte at `index` is part of. */
function characterStart(utf8: Uint8Array, index: number): number {
  let start = index;
  while ((utf8[start]! & 0b1100_0000) === 0b1000_0000) start--;
  return start;
}
