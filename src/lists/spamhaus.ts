import { type NetworkTaker, readNetworkText, textOf } from './network.ts';
import type { LineKind } from './plain.ts';

/**
 * Reads a line of Spamhaus' lists in JSON: `{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}`, and at the end one of
 * `{"type":"metadata",…}`, which is no entry.
 */
export function readSpamhausLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  taker: NetworkTaker,
): LineKind {
  const text = textOf(bytes, start, end);
  if (text.trim() === '') return 'blank';
  let line: { readonly cidr?: unknown; readonly type?: unknown } | null;
  try {
    line = JSON.parse(text);
  } catch {
    return 'bad';
  }
  if (typeof line?.cidr === 'string') return readNetworkText(line.cidr, taker) ? 'entry' : 'bad';
  return line?.type === 'metadata' ? 'remark' : 'bad';
}
