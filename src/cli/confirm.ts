import type { Command } from 'commander';
import type { Results } from '../control/protocol.ts';
import { coveredBy } from '../control/why.ts';
import { askSentry } from './ask-sentry.ts';
import { loggedInFrom } from './logged-in-from.ts';
import { askingCommand } from './options.ts';
import { type Output, show } from './output.ts';

export function confirmCommand(output: Output): Command {
  return askingCommand('confirm')
    .description('let enforcement stay that `run --confirm` has begun')
    .action(async ({ socket, json }: { socket: string; json?: true }) => {
      show(output, json, await askSentry(socket, { command: 'confirm', ...loggedInFrom() }), describe);
    });
}

function describe({ before, blocks, asker }: Results['confirm']): string {
  const what = before ? 'it was confirmed before' : 'confirmed: enforcement stays';
  return [`${what}; blocks in force: ${blocks}`, ...askerWords(asker)].map((line) => `${line}\n`).join('');
}

/** Who has just confirmed may be let in for no other reason than that he is logged in. */
function askerWords(asker: Results['confirm']['asker']): string[] {
  const reasons = asker ? coveredBy(asker) : [];
  if (!asker || reasons.length === 0) return [];
  const how = asker.spared === null ? 'is out' : `is let in only because ${asker.spared}`;
  return [`  mind: ${asker.source}, which you come from, ${how}; ${reasons.join('; ')}`];
}
