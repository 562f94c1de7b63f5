import { pino } from 'pino';
import { formatDuration } from '../values/duration.ts';
import { type Level, levelOf, type SentryEvent, wordsOf } from './event.ts';
import { LineBudget } from './line-budget.ts';

export type LogOptions = { readonly format: 'human' | 'json'; readonly level: Level };
export type Log = {
  tell(event: SentryEvent): void;
  /** Sums up what was held back so far. */
  flush(): void;
  /** Lets everything through from now on. */
  release(): void;
  /** Resolves when everything that was told is with the sink; absent: it always is. */
  settled?(): Promise<void>;
};

/** Where lines go: standard output, syslog, a file. A line comes without its newline. */
export type LogSink = (line: string, level: Level) => void;

type Line = { readonly time: string; readonly level: Level; readonly msg: string };

/** Lines a second that a person or a log shipper can still take. */
const LINES_PER_SECOND = 100;

/** One line an event: JSON for machines, or time, level and words for people. */
export function makeLog(options: LogOptions, write: LogSink): Log {
  const logger = pino(
    {
      base: null,
      level: options.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(json: string) {
        const line = JSON.parse(json) as Line;
        write(options.format === 'json' ? json.trimEnd() : humanLine(line), line.level);
      },
    },
  );
  return budgeted((event) => logger[levelOf(event)](event, wordsOf(event, formatDuration)), LINES_PER_SECOND);
}

/** Lets so many events a second through, and sums up the rest; but what comes once is never held back. */
export function budgeted(write: (event: SentryEvent) => void, eventsPerSecond: number): Log {
  const budget = new LineBudget(write, eventsPerSecond);
  return {
    tell: (event) => (isPerSource(event) ? budget.tell(event) : write(event)),
    flush: () => budget.flush(),
    release: () => budget.release(),
  };
}

const humanLine = ({ time, level, msg }: Line): string => `${time} ${level.toUpperCase().padEnd(5)} ${msg}`;

/** Events that come once, or seldom. */
const ONCE: ReadonlySet<SentryEvent['event']> = new Set([
  'starting',
  'started',
  'unconfirmed',
  'confirmed',
  'rolled_back',
  'reloaded',
  'reload_failed',
  'memory',
  'failed',
  'stopped',
  'summed_up',
  'campaign',
]);

/** Events that a flood of sources multiplies: all but those that come once. */
const isPerSource = ({ event }: SentryEvent): boolean => !ONCE.has(event) && !event.startsWith('list_');
