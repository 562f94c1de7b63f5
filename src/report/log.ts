import { pino } from 'pino';
import { formatDuration } from '../values/duration.ts';
import { type Level, levelOf, type SentryEvent, wordsOf } from './event.ts';
import { LineBudget } from './line-budget.ts';

export type LogOptions = { readonly format: 'human' | 'json'; readonly level: Level };
export type Log = { tell(event: SentryEvent): void; flush(): void };

type Line = { readonly time: string; readonly level: string; readonly msg: string };

/** One line an event: JSON for machines, or time, level and words for people. `write` takes whole lines. */
export function makeLog(options: LogOptions, write: (line: string) => void): Log {
  const destination =
    options.format === 'json' ? { write } : { write: (json: string) => write(humanLine(JSON.parse(json))) };
  const logger = pino(
    {
      base: null,
      level: options.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const writeEvent = (event: SentryEvent) => logger[levelOf(event)](event, wordsOf(event, formatDuration));
  const budget = new LineBudget(writeEvent);
  return {
    tell: (event) => (isPerSource(event) ? budget.tell(event) : writeEvent(event)),
    flush: () => budget.flush(),
  };
}

const humanLine = ({ time, level, msg }: Line): string => `${time} ${level.toUpperCase().padEnd(5)} ${msg}\n`;

/** Events that a flood of sources multiplies: all but those that come once. */
const isPerSource = ({ event }: SentryEvent): boolean => !['started', 'stopped', 'summed_up'].includes(event);
