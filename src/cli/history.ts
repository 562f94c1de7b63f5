import { type Command, InvalidArgumentError, Option } from 'commander';
import { placesIn } from '../config/load.ts';
import { type HistoryEntry, MAX_HISTORY } from '../control/protocol.ts';
import { SentryError } from '../errors.ts';
import { queryOf, toEntry } from '../memory/history-answer.ts';
import { readHistoryFile } from '../store/memory/history.ts';
import { parseDuration } from '../values/duration.ts';
import { askSentry } from './ask-sentry.ts';
import { historyWords } from './history-words.ts';
import { askingCommand, parseSource, toAbsolute } from './options.ts';
import { type Output, show, table } from './output.ts';

const DEFAULT_LIMIT = 100;
const DEFAULT_DATABASE = '/var/lib/xdpsentry/memory.db';

type HistoryOptions = {
  source?: string;
  since?: number;
  limit: number;
  db?: string;
  socket: string;
  config?: string;
  json?: true;
};

export function historyCommand(output: Output): Command {
  return askingCommand('history')
    .description('what has happened: alerts, blocks and their ends, the newest last')
    .option('--source <source>', 'of that address or network, and of networks that hold it', parseSource)
    .addOption(
      new Option(
        '--since <time>',
        'not longer ago than 2d, or since 2026-11-28 or 2026-11-28T12:00Z',
      ).argParser(parseSince),
    )
    .addOption(
      new Option('--limit <count>', 'the newest so many').argParser(parseLimit).default(DEFAULT_LIMIT),
    )
    .addOption(
      new Option(
        '--db <path>',
        `read that database and ask no sentry (without a running one: that of the configuration, or ${DEFAULT_DATABASE})`,
      )
        .argParser(toAbsolute)
        .conflicts('config'),
    )
    .action(async (options: HistoryOptions) => show(output, options.json, await find(options), describeAll));
}

/** Of the running sentry, else of its database. */
async function find({
  source = null,
  since: sinceMs = null,
  limit,
  db,
  socket,
  config,
}: HistoryOptionsOrNull) {
  const wanted = { source, sinceMs, limit };
  if (db !== undefined) return readFile(db, wanted);
  try {
    return await askSentry(socket, { command: 'history', ...wanted });
  } catch (error) {
    if (!(error instanceof SentryError) || error.code !== 'XS_ERR_NOT_RUNNING') throw error;
    const path = config === undefined ? DEFAULT_DATABASE : placesIn(config).memory?.path;
    if (path === undefined) throw error; // it remembers nothing
    return readFile(path, wanted);
  }
}

type HistoryOptionsOrNull = Omit<HistoryOptions, 'source' | 'since'> & {
  source?: string | null;
  since?: number | null;
};

function readFile(path: string, wanted: Parameters<typeof queryOf>[0]): HistoryEntry[] {
  try {
    return readHistoryFile(path, queryOf(wanted)).map(toEntry);
  } catch (error) {
    if (error instanceof SentryError) throw error;
    throw new SentryError('XS_ERR_NO_HISTORY', `${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Wall clock, ms. */
function parseSince(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return Date.now() - ms;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('Write it like 30m, 2d, 2026-11-28 or 2026-11-28T12:00Z.');
  return at;
}

function parseLimit(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MAX_HISTORY)
    throw new InvalidArgumentError(`It is a whole number from 1 to ${MAX_HISTORY}.`);
  return count;
}

function describeAll(entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return 'no history\n';
  const rows = entries.map((entry) => [entry.time, entry.source, historyWords(entry)]);
  return table(['time', 'source', 'what'], rows);
}
