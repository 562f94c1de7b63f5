import { parsePolicyWithNotes } from '../../../../src/config/load.ts';
import type { Policy } from '../../../../src/config/policy.ts';
import type { ReadOptions } from '../../../../src/config/portsentry/translate.ts';

/** The files that PortSentry 1.2 does not start without; three lines. */
export const FILES = [
  'IGNORE_FILE="/etc/portsentry/portsentry.ignore"',
  'HISTORY_FILE="/var/lib/portsentry/portsentry.history"',
  'BLOCKED_FILE="/var/lib/portsentry/portsentry.blocked"',
].join('\n');

export type Read = {
  readonly policy: Policy;
  /** `line: text` each. */
  readonly warnings: readonly string[];
  readonly differences: readonly string[];
};

/** What a portsentry.conf makes, and what is said about it. */
export function read(text: string, options: ReadOptions = {}): Read {
  const { policy, notes } = parsePolicyWithNotes(text, 'x.conf', options);
  const of = (kind: string) =>
    notes.filter((note) => note.kind === kind).map(({ line, text: words }) => `${line}: ${words}`);
  return { policy, warnings: of('warning'), differences: of('difference') };
}

/** In style 1.2 and modes that are named, with the lines at the top and the files below them. */
export const read12 = (lines: string, modes: ReadOptions['modes'] = { tcp: 'stcp', udp: 'sudp' }): Read =>
  read(`${lines}\n${FILES}\n`, { modes, style: '1.2' });

/** In style 2, stealth mode. */
export const read2 = (
  lines: string,
  modes: ReadOptions['modes'] = { tcp: 'stealth', udp: 'stealth' },
): Read => read(`${lines}\n`, { modes, style: '2' });
