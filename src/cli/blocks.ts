import { accessSync, constants } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BlockEntry, Results } from '../control/protocol.ts';
import { droppedBy, untilWords } from '../control/why.ts';
import { SentryError } from '../errors.ts';
import { type ListFormat, listFormats } from '../lists/reading.ts';
import { formatDuration } from '../values/duration.ts';
import { askSentry } from './ask-sentry.ts';
import { describeList } from './lists.ts';
import { loggedInFrom } from './logged-in-from.ts';
import {
  askingCommand,
  listNameOf,
  parseFor,
  parseListName,
  parseReason,
  parseSource,
  toAbsolute,
} from './options.ts';
import { type Output, show, table } from './output.ts';

type CommonOptions = { socket: string; json?: true };

export function blocksCommand(output: Output): Command {
  return askingCommand('blocks')
    .description('blocks in force, oldest first')
    .action(async ({ socket, json }: CommonOptions) => {
      show(output, json, await askSentry(socket, { command: 'blocks' }), describeAll);
    });
}

type BlockOptions = CommonOptions & {
  force?: true;
  file?: string;
  name?: string;
  format?: ListFormat;
  for?: number | 'forever';
  reason?: string;
};

const DEFAULT_BLOCK_MS = 600_000;

export function blockCommand(output: Output): Command {
  return askingCommand('block')
    .description('block an address, a network, or a list of them, in observe mode too')
    .argument('[source]', 'address or prefix', parseSource)
    .addOption(
      new Option(
        '--for <duration>',
        'how long: 30s, 10m, 1h30m, 7d or forever (default: 10m; of a list: forever)',
      ).argParser(parseFor),
    )
    .option('--force', 'block a network that is wider than /8 (IPv6: /16), too; it spares who is guarded')
    .option('--reason <text>', 'why, for those who read it later', parseReason)
    .addOption(
      new Option(
        '--file <path>',
        'a file with a list, which the sentry reads once; in force while it runs, or so long as --for says',
      ).argParser(readListPath),
    )
    .option(
      '--name <name>',
      'name of the list (default: that of the file); replaces one of that name',
      parseListName,
    )
    .addOption(
      new Option('--format <format>', 'how the list is written (default: its first line tells)').choices(
        listFormats,
      ),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  xdpsentry block 198.51.100.7 --for 1h\n  xdpsentry block 2001:db8::/32 --for forever' +
        '\n  xdpsentry block --file drop.txt --name drop',
    )
    .action(async (source: string | undefined, options: BlockOptions) => {
      if (options.file === undefined) await blockSource(source, options, output);
      else await blockList(source, { ...options, file: options.file }, output);
    });
}

/** The sentry reads the file by itself: it has no part in what the asker's terminal or pipe is. */
function readListPath(text: string): string {
  if (text === '-')
    throw new InvalidArgumentError('Write the list to a file first; standard input is not read.');
  return toAbsolute(text);
}

async function blockSource(source: string | undefined, options: BlockOptions, output: Output): Promise<void> {
  const { socket, json, reason = null } = options;
  if (source === undefined)
    throw new SentryError('XS_ERR_USAGE', 'an address, a network or --file FILE is missing');
  if (options.name !== undefined || options.format !== undefined) {
    throw new SentryError('XS_ERR_USAGE', '--name and --format go with --file');
  }
  const durationMs = options.for === 'forever' ? null : (options.for ?? DEFAULT_BLOCK_MS);
  const force = options.force ?? false;
  const request = { command: 'block', source, durationMs, reason, force, ...loggedInFrom() } as const;
  const entry = await askSentry(socket, request);
  show(output, json, entry, (block) => describeBlocked(block));
}

async function blockList(
  source: string | undefined,
  options: BlockOptions & { file: string },
  output: Output,
): Promise<void> {
  const { socket, json, file: path, name = listNameOf(path), format = null } = options;
  if (source !== undefined || options.reason !== undefined || options.force) {
    throw new SentryError('XS_ERR_USAGE', '--file goes without an address, --reason and --force');
  }
  const durationMs = options.for === 'forever' ? null : (options.for ?? null);
  const request = { command: 'block_list', name, path, format, durationMs, ...loggedInFrom() } as const;
  const list = await askSentry(socket, request).catch((error) => Promise.reject(explainUnseen(error, path)));
  show(output, json, list, describeList);
}

/** The sentry does without most privileges of root, and a service manager hides what is no business of a service. */
function explainUnseen(error: SentryError, path: string): SentryError {
  const isUnseen = error.code === 'XS_ERR_LIST' && /\((ENOENT|EACCES)\)$/.test(error.detail);
  if (!isUnseen || !isReadable(path)) return error;
  const words =
    'you can read it, and the sentry cannot; put it into a directory of root, such as /etc/xdpsentry';
  return new SentryError('XS_ERR_LIST', `${error.detail}: ${words}`, { cause: error });
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

export function unblockCommand(output: Output): Command {
  return askingCommand('unblock')
    .description('lift a block, or let a list go')
    .argument('[source]', 'address or prefix, as `xdpsentry blocks` shows it', parseSource)
    .option('--list <name>', 'a list, as `xdpsentry lists` shows it')
    .action(async (source: string | undefined, { socket, json, list }: CommonOptions & { list?: string }) => {
      if ((source === undefined) === (list === undefined)) {
        throw new SentryError('XS_ERR_USAGE', 'write either an address or network, or --list NAME');
      }
      if (list !== undefined) {
        const gone = await askSentry(socket, { command: 'unblock_list', name: list });
        show(output, json, gone, ({ name }) => `let go of list ${name}\n`);
      } else if (source !== undefined) {
        const lifted = await askSentry(socket, { command: 'unblock', source });
        show(output, json, lifted, describeLifted);
      }
    });
}

const describeBlocked = (block: Results['block']): string =>
  [`blocked ${block.source} ${untilWords(block)}`, ...block.remarks.map((remark) => `  ${remark}`)]
    .map((line) => `${line}\n`)
    .join('');

function describeLifted({ source, kept, now }: Results['unblock']): string {
  const still = droppedBy(now);
  return [
    `unblocked ${source}${still.length > 0 ? `; ${now.source} is still out: ${still.join('; ')}` : ''}`,
    ...kept.map((what) => `  not taken back: ${what}; give it an undo command`),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function describeAll(blocks: readonly BlockEntry[]): string {
  if (blocks.length === 0) return 'no blocks\n';
  const rows = blocks.map((block) => [
    block.source,
    block.by,
    block.origin,
    block.remainingSeconds === null ? 'never' : `in ${formatDuration(block.remainingSeconds * 1000)}`,
    block.packets,
    block.bytes,
    block.reason,
  ]);
  return table(['source', 'by', 'origin', 'expires', 'packets', 'bytes', 'reason'], rows);
}
