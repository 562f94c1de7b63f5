import type { Command } from 'commander';
import { askingCommand } from './options.ts';
import { type Output, show } from './output.ts';
import { endRunning } from './take-over.ts';

export function stopCommand(output: Output): Command {
  return askingCommand('stop')
    .description('end the running sentry, take its program off, and wait until it has')
    .action(async ({ socket, json }: { socket: string; json?: true }) => {
      show(output, json, { pid: await endRunning(socket) }, ({ pid }) => `process ${pid} has ended\n`);
    });
}
