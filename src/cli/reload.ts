import type { Command } from 'commander';
import type { Reloaded } from '../control/protocol.ts';
import { askSentry } from './ask-sentry.ts';
import { askingCommand } from './options.ts';
import { type Output, show } from './output.ts';

export function reloadCommand(output: Output): Command {
  return askingCommand('reload')
    .description('let the running sentry read its configuration anew: all of it, or nothing when it is wrong')
    .action(async ({ socket, json }: { socket: string; json?: true }) => {
      show(output, json, await askSentry(socket, { command: 'reload' }), describe);
    });
}

const describe = ({ policy, changes }: Reloaded): string =>
  [
    changes.length === 0 ? `reloaded ${policy}: it says the same` : `reloaded ${policy}; from now on:`,
    ...changes.map((line) => `  ${line}`),
  ]
    .map((line) => `${line}\n`)
    .join('');
