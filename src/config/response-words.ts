import { nameOf } from '../values/capabilities.ts';
import { quote } from './found.ts';
import { actionsOf, type Policy, type PortsentryPolicy, type ResponsePolicy } from './policy.ts';
import { exact } from './rule-words.ts';

/** What happens to a source besides the block, and what is written for PortSentry's sake; nothing by default. */
export function responseLines(policy: Policy): string[] {
  const { responses, portsentry } = policy;
  return [...answers(responses, isAskedFor(policy)), ...(portsentry ? [portsentryWords(portsentry)] : [])];
}

/** What the process may do after its start. */
export function capabilityWords({ capabilities, responses: { route, command } }: Policy): string {
  if (capabilities === 'all') return 'all are kept';
  if (capabilities === 'auto') {
    return route || command
      ? 'all are kept, for who wrote the commands knows what they need; `capabilities` names that'
      : 'none is kept that the sentry does not need itself';
  }
  const named = capabilities.map(nameOf).join(', ');
  return `those are kept that the sentry needs itself${named && `, and ${named}`}`;
}

const isAskedFor = ({ rules }: Policy): boolean =>
  rules.flatMap(actionsOf).some((action) => action === 'block' || action === 'command');

function answers(responses: ResponsePolicy, isAskedFor: boolean): string[] {
  const { hostsDeny, route, command, concurrency, timeoutMs } = responses;
  const deny = hostsDeny ? [`line ${quote(hostsDeny.entry)} in ${hostsDeny.file}`] : [];
  const cut = route ? [`route ${quote(route.run)}`] : [];
  const run = command ? [`command ${quote(command.run)}`] : [];
  const steps = command?.first ? [...run, ...deny, ...cut] : [...deny, ...cut, ...run];
  if (steps.length === 0) return [];
  if (!isAskedFor) return [`No rule asks for the responses: ${steps.join(', ')}.`];
  const undone = [
    ...deny.slice(0, 1).map(() => 'the line'),
    ...undoWords(route, 'route'),
    ...undoWords(command, 'command'),
  ];
  const kept = [
    ...(route && route.undo === undefined ? ['route'] : []),
    ...(command && command.undo === undefined ? ['command'] : []),
  ];
  return [
    `Answer: ${steps.join(', then ')}.`,
    undone.length > 0
      ? `Taken back when a block ends: ${undone.join(', ')}.`
      : 'Nothing of it is taken back when a block ends.',
    ...(kept.length > 0 && undone.length > 0
      ? [`Not taken back: ${kept.join(', ')}; there is no undo command for it.`]
      : []),
    `Commands: ${concurrency} at one time, ended after ${exact(timeoutMs)}.`,
  ];
}

const undoWords = (pair: { readonly undo: string | undefined } | undefined, name: string): string[] =>
  pair?.undo === undefined ? [] : [`${name} by ${quote(pair.undo)}`];

function portsentryWords({ style, modes, history, blocked, resolveHost }: PortsentryPolicy): string {
  const names = [...new Set([modes.tcp, modes.udp])].filter((mode) => mode !== undefined);
  const files = [
    history === undefined ? 'no history' : `history in ${history}`,
    blocked === undefined ? 'no file of blocked sources' : `blocked sources in ${blocked}`,
    ...(resolveHost ? ['names of sources are looked up'] : []),
  ];
  const as = names.length === 0 ? '' : `, ${names.length === 1 ? 'mode' : 'modes'} ${names.join(' and ')}`;
  return `PortSentry ${style === '2' ? '2.x' : style}${as}: ${files.join(', ')}.`;
}
