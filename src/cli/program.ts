import { Command, CommanderError } from 'commander';
import { SentryError } from '../errors.ts';
import { version } from '../version.ts';
import { blockCommand, blocksCommand, unblockCommand } from './blocks.ts';
import { checkCommand } from './check.ts';
import { confirmCommand } from './confirm.ts';
import { detachCommand } from './detach.ts';
import { historyCommand } from './history.ts';
import { listsCommand } from './lists.ts';
import { migrateCommand } from './migrate.ts';
import { complain, type Output } from './output.ts';
import { portsCommand } from './ports.ts';
import { portsentryCommand, withTwoDashes } from './portsentry.ts';
import { reloadCommand } from './reload.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { statusCommand } from './status.ts';
import { stopCommand } from './stop.ts';
import { whyCommand } from './why.ts';

/** The whole command line. */
export function makeProgram(output: Output): Command {
  const program = new Command('xdpsentry')
    .description(
      'A port-scan sentry: XDP counts probes and drops blocked sources before the network stack sees them.',
    )
    .version(version);
  const commands = [
    runCommand(output),
    portsentryCommand(output),
    checkCommand(output),
    migrateCommand(output),
    statusCommand(output),
    portsCommand(output),
    blocksCommand(output),
    listsCommand(output),
    historyCommand(output),
    blockCommand(output),
    unblockCommand(output),
    whyCommand(output),
    reloadCommand(output),
    confirmCommand(output),
    stopCommand(output),
    detachCommand(output),
    replayCommand(output),
  ];
  for (const command of [program, ...commands]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: output.out, writeErr: output.err, outputError: () => undefined });
  }
  for (const command of commands) program.addCommand(command);
  return program;
}

/** Runs one command line; answers with the exit code (docs/errors.md). */
export async function main(argv: readonly string[], output: Output): Promise<number> {
  const program = makeProgram(output);
  try {
    const words = argv[0] === 'portsentry' ? withTwoDashes(argv) : argv;
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const command = program.commands.find((candidate) => candidate.name() === argv[0])?.name();
    return complain(output, error instanceof CommanderError ? usageError(error) : error, command);
  }
}

/** What is wrong with the words, as everything else that fails is told of. */
function usageError(error: CommanderError): SentryError {
  const isHelp = error.code === 'commander.help';
  const detail = isHelp ? 'no command is given' : error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new SentryError('XS_ERR_USAGE', detail, { cause: error });
}
