import type { HistoryEntry, Request } from '../control/protocol.ts';
import { SentryError } from '../errors.ts';
import type { HistoryQuery, HistoryRow } from '../store/memory/rows.ts';
import { formatPrefix, maskPrefix, parsePrefix } from '../values/prefix.ts';

export type AskHistory = (query: HistoryQuery) => Promise<readonly HistoryRow[]>;

export type HistoryRequest = Extract<Request, { command: 'history' }>;

/** Answers what the history says: of a source, of the networks around it as well. */
export async function answerHistory(request: HistoryRequest, ask: AskHistory): Promise<HistoryEntry[]> {
  return (await ask(queryOf(request))).map(toEntry);
}

/** Throws XS_ERR_ADDRESS. */
export const queryOf = ({ source, sinceMs, limit }: Omit<HistoryRequest, 'command'>): HistoryQuery => ({
  sources: source === null ? undefined : around(source),
  sinceMs: sinceMs ?? undefined,
  limit,
});

/** The prefix, and all that hold it: what was known of an address may be known of its /64, or of a network that was blocked. */
function around(text: string): string[] {
  const prefix = parsePrefix(text);
  if (!prefix) throw new SentryError('XS_ERR_ADDRESS', `"${text}"`);
  return Array.from({ length: prefix.length + 1 }, (_, length) => formatPrefix(maskPrefix(prefix, length)));
}

/** An entry as it is shown. */
export function toEntry(row: HistoryRow): HistoryEntry {
  const { atMs, event, source, rule, address, ports, kinds, probes, action } = row;
  const { origin, reason, seconds, cause } = row;
  const common = { time: new Date(atMs).toISOString(), event, source };
  switch (event) {
    case 'alert':
      return {
        ...common,
        rule: rule ?? '',
        address: address ?? '',
        ports: ports ?? '',
        kinds: (kinds ?? '').split(',').filter((kind) => kind !== ''),
        probes: probes ?? 0,
        action: action ?? '',
      };
    case 'blocked':
    case 'block_changed':
      return { ...common, origin: origin ?? '', reason: reason ?? '', seconds };
    case 'unblocked':
      return { ...common, cause: cause ?? '' };
  }
}
