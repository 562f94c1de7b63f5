import type { SentryEvent } from '../event.ts';
import { budgeted, type Log } from '../log.ts';
import type { PortsentryContext, Severity } from './line.ts';
import { portsentryLines } from './lines.ts';

/** Events a second: PortSentry's readers want each of them, and a syslog daemon takes so many. */
const EVENTS_PER_SECOND = 500;

export type PortsentryLogParts = Omit<PortsentryContext, 'nameOf'> & {
  /** The name of the host with that address, or the address itself; undefined when names are not wanted. */
  readonly lookUp: ((address: string) => Promise<string>) | undefined;
  readonly write: (line: string, severity: Severity) => void;
  /** Called for each event that is not held back, with its lines: the history of style 2. */
  readonly onLines?: (event: SentryEvent, lines: readonly string[]) => void;
};

/**
 * PortSentry's lines for what happens. Names are looked up for several lines at once while the lines wait for each other:
 * they come late, and in order.
 */
export function portsentryLog({ lookUp, write, onLines, ...context }: PortsentryLogParts): Log {
  const writeNow = (event: SentryEvent, name?: string) => {
    const lines = portsentryLines(event, { ...context, nameOf: (address) => name ?? address });
    for (const { text, severity } of lines) write(text, severity);
    onLines?.(
      event,
      lines.map(({ text }) => text),
    );
  };
  if (!lookUp) return budgeted(writeNow, EVENTS_PER_SECOND);

  let lastWritten = Promise.resolve();
  const writeLater = (event: SentryEvent) => {
    const named = 'address' in event ? lookUp(event.address) : Promise.resolve(undefined);
    lastWritten = Promise.all([named, lastWritten]).then(([name]) => writeNow(event, name));
  };
  return { ...budgeted(writeLater, EVENTS_PER_SECOND), settled: () => lastWritten };
}
