import type { Command } from 'commander';
import { isAnswering } from '../control/client.ts';
import { type Detached, detachLeftBehind } from '../kernel/left-behind.ts';
import { askingCommand } from './options.ts';
import { type Output, show } from './output.ts';
import { endRunning } from './take-over.ts';

type Answer = { readonly ended: number | null; readonly detached: readonly Detached[] };

export function detachCommand(output: Output): Command {
  return askingCommand('detach')
    .description(
      'take everything off: end the running sentry, and remove what one before has left in the kernel',
    )
    .action(async ({ socket, json }: { socket: string; json?: true }) => {
      const ended = (await isAnswering(socket)) ? await endRunning(socket) : null;
      show(output, json, { ended, detached: detachLeftBehind() }, wordsOf);
    });
}

function trialWords({ trial }: Detached): string {
  if (trial === null) return '';
  return trial === 'rolled_back'
    ? '; nobody had confirmed it in time, and it let everybody in'
    : '; nobody had confirmed it';
}

function wordsOf({ ended, detached }: Answer): string {
  const lines = detached.map(
    (it) => `taken off ${it.interface}, where process ${it.pid} had left it${trialWords(it)}`,
  );
  if (ended !== null) lines.unshift(`process ${ended} has ended`);
  return `${lines.join('\n') || 'there was nothing to take off'}\n`;
}
