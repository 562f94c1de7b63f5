import type { Command } from 'commander';
import type { ListEntry } from '../control/protocol.ts';
import { isInVain, skippedWords } from '../values/list-objection.ts';
import { askSentry } from './ask-sentry.ts';
import { askingCommand } from './options.ts';
import { type Output, show, table } from './output.ts';

export function listsCommand(output: Output): Command {
  return askingCommand('lists')
    .description('block lists: what is on them, what they dropped, and how they fare')
    .action(async ({ socket, json }: { socket: string; json?: true }) => {
      show(output, json, await askSentry(socket, { command: 'lists' }), describeAll);
    });
}

function describeAll(lists: readonly ListEntry[]): string {
  if (lists.length === 0) return 'no lists\n';
  const rows = lists.map((list) => [
    list.name,
    list.origin,
    stateWords(list),
    list.facts?.ipv4 ?? 0,
    list.facts?.ipv6 ?? 0,
    list.packets,
    list.bytes,
  ]);
  return [
    table(['list', 'origin', 'state', 'ipv4', 'ipv6', 'packets', 'bytes'], rows),
    ...lists.map((list) => `\n${list.name}: ${list.source}\n${detailLines(list)}`),
  ].join('');
}

function stateWords({ state, facts }: ListEntry): string {
  if (state === 'let_go') return 'let go';
  if (!facts) return 'not loaded';
  return state === 'enforced' ? 'in force' : 'observed';
}

/** What one who has just put a list in force wants to know. */
export function describeList(list: ListEntry): string {
  const { ipv4 = 0, ipv6 = 0 } = list.facts ?? {};
  return `list ${list.name} is in force: ${ipv4} IPv4 and ${ipv6} IPv6 networks, from ${list.source}\n${detailLines(list)}`;
}

function detailLines(list: ListEntry): string {
  const { facts } = list;
  const skipped = facts ? skippedWords(facts.skipped) : [];
  const remarks = (of: readonly { readonly line: number; readonly text: string }[]) =>
    of.map(({ line, text }) => `line ${line}: ${text}`).join(', ');
  const lines = [
    list.loaded && `loaded ${list.loaded}${list.from === 'cache' ? ', from the copy that was kept' : ''}`,
    list.checked !== list.loaded && list.checked && `known to be the latest at ${list.checked}`,
    list.next && `next look ${list.next}`,
    list.until && `until ${list.until}`,
    facts && isInVain(facts) && 'warning: nothing on it keeps anybody out',
    facts && facts.repeated > 0 && `${facts.repeated} more are on it twice, or within others`,
    facts && skipped.length > 0 && `${skipped.join('; ')} (${remarks(facts.skippedLines)})`,
    facts && facts.bad > 0 && `lines that cannot be read: ${facts.bad} (${remarks(facts.badLines)})`,
    list.error && `failed: ${list.error}`,
  ];
  return lines.flatMap((line) => (line ? [`  ${line}\n`] : [])).join('');
}
