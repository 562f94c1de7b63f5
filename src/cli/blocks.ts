import { Command, Option } from 'commander';
import { ask } from '../control/client.ts';
import type { BlockEntry, Results } from '../control/protocol.ts';
import { formatDuration } from '../values/duration.ts';
import { jsonOption, parseFor, parseReason, parseSource, socketOption } from './options.ts';
import { type Output, show, table } from './output.ts';

type CommonOptions = { socket: string; json?: true };

export function blocksCommand(output: Output): Command {
  return new Command('blocks')
    .description('blocks in force, oldest first')
    .addOption(socketOption())
    .addOption(jsonOption())
    .action(async ({ socket, json }: CommonOptions) => {
      show(output, json, await ask(socket, { command: 'blocks' }), describeAll);
    });
}

export function blockCommand(output: Output): Command {
  return new Command('block')
    .description('block an address or a network, in observe mode too')
    .argument('<source>', 'address or prefix', parseSource)
    .addOption(
      new Option('--for <duration>', 'how long: 30s, 10m, 1h30m, 7d or forever')
        .argParser(parseFor)
        .default(600_000, '10m'),
    )
    .option('--reason <text>', 'why, for those who read it later', parseReason)
    .addOption(socketOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  xdpsentry block 198.51.100.7 --for 1h\n  xdpsentry block 2001:db8::/32 --for forever',
    )
    .action(async (source: string, options: CommonOptions & { for: number | 'forever'; reason?: string }) => {
      const { socket, json, reason = null } = options;
      const durationMs = options.for === 'forever' ? null : options.for;
      const entry = await ask(socket, { command: 'block', source, durationMs, reason });
      show(output, json, entry, (block) => `blocked ${block.source} ${howLong(block)}\n`);
    });
}

export function unblockCommand(output: Output): Command {
  return new Command('unblock')
    .description('lift a block')
    .argument('<source>', 'address or prefix, as `xdpsentry blocks` shows it', parseSource)
    .addOption(socketOption())
    .addOption(jsonOption())
    .action(async (source: string, { socket, json }: CommonOptions) => {
      const lifted = await ask(socket, { command: 'unblock', source });
      show(output, json, lifted, describeLifted);
    });
}

const describeLifted = ({ source, kept }: Results['unblock']): string =>
  [`unblocked ${source}`, ...kept.map((what) => `  not taken back: ${what}; give it an undo command`)]
    .map((line) => `${line}\n`)
    .join('');

const howLong = ({ until, remainingSeconds }: BlockEntry): string =>
  remainingSeconds === null
    ? 'until it is lifted'
    : `for ${formatDuration(remainingSeconds * 1000)}, until ${until}`;

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
