import type { SentryEvent } from '../report/event.ts';
import { type HistoryRow, NO_FACTS } from '../store/memory/rows.ts';

/** A rule for thousands of ports need not fill the history with them. */
const MAX_PORTS_TEXT = 500;

/** What the history keeps of an event: a row for each source that it is about, or for their network. */
export function historyRows(event: SentryEvent, atMs: number): HistoryRow[] {
  switch (event.event) {
    case 'distributed': {
      const { rule, network, probes, action } = event;
      const [ports, kinds] = [shortened(event.ports), event.kinds.join(',')];
      const about = { ...NO_FACTS, atMs, event: 'alert', source: network } as const;
      return [{ ...about, rule, ports, kinds, probes, action }];
    }
    case 'decoy': {
      const { rule, probes } = event;
      const [ports, kinds] = [shortened(event.ports), event.kinds.join(',')];
      const about = { ...NO_FACTS, atMs, event: 'alert', action: 'alert' } as const;
      return event.sources.map((source) => ({ ...about, source, rule, ports, kinds, probes }));
    }
    default:
      return [historyRow(event, atMs)].filter((row) => row !== undefined);
  }
}

/** Undefined: nothing. */
function historyRow(event: SentryEvent, atMs: number): HistoryRow | undefined {
  switch (event.event) {
    case 'alert': {
      const { rule, address, probes, action } = event;
      const [ports, kinds] = [shortened(event.ports), event.kinds.join(',')];
      return { ...NO_FACTS, ...common(event, atMs), rule, address, ports, kinds, probes, action };
    }
    case 'blocked':
    case 'block_changed': {
      const { origin, reason, seconds = null } = event;
      return { ...NO_FACTS, ...common(event, atMs), origin, reason, seconds };
    }
    case 'unblocked':
      return { ...NO_FACTS, ...common(event, atMs), cause: event.cause };
    default:
      return undefined;
  }
}

const common = <E extends HistoryRow['event']>(
  { event, source }: { readonly event: E; readonly source: string },
  atMs: number,
) => ({ atMs, event, source });

const shortened = (text: string): string =>
  text.length > MAX_PORTS_TEXT ? `${text.slice(0, MAX_PORTS_TEXT - 1)}…` : text;
