import type { HistoryEntry } from '../control/protocol.ts';
import { formatDuration } from '../values/duration.ts';

/** What has happened, without when and to whom. */
export function historyWords(entry: HistoryEntry): string {
  switch (entry.event) {
    case 'alert':
      return `alert ${entry.rule}: ${entry.probes} ${entry.probes === 1 ? 'probe' : 'probes'} (${entry.kinds?.join(', ')}) to ports ${entry.ports}: ${entry.action?.replaceAll('_', ' ')}`;
    case 'blocked':
      return `blocked ${howLong(entry)} (${entry.origin}: ${entry.reason})`;
    case 'block_changed':
      return `block changed: now ${howLong(entry)} (${entry.origin}: ${entry.reason})`;
    case 'unblocked':
      return `unblocked (${entry.cause})`;
  }
}

const howLong = ({ seconds }: HistoryEntry): string =>
  typeof seconds === 'number' ? `for ${formatDuration(seconds * 1000)}` : 'until lifted';
