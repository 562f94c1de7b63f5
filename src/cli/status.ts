import type { Command } from 'commander';
import type { Status, WatchedInterface } from '../control/protocol.ts';
import { formatDuration } from '../values/duration.ts';
import { askSentry } from './ask-sentry.ts';
import { askingCommand } from './options.ts';
import { type Output, show, table } from './output.ts';

export function statusCommand(output: Output): Command {
  return askingCommand('status')
    .description('what the running sentry does and has counted')
    .action(async ({ socket, json }: { socket: string; json?: true }) => {
      show(output, json, await askSentry(socket, { command: 'status' }), describe);
    });
}

const interfaceWords = ({ interface: name, xdp, isAttached, fallback }: WatchedInterface): string[] => [
  `${name}: ${isAttached ? `XDP ${xdp}` : 'gone, and watched again when it is back'}`,
  ...(fallback === null ? [] : [`  ${fallback}`]),
];

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function describe(status: Status): string {
  const seen = status.outcomes.filter(({ packets }) => packets > 0);
  const probes = status.probes.filter((count) => count.probes > 0);
  const lost = status.lost.filter(({ count }) => count > 0);
  return [
    `xdpsentry ${status.version}, pid ${status.pid}, up ${formatDuration(status.uptimeSeconds * 1000)}`,
    `mode ${status.mode}, policy ${status.policy}`,
    ...(status.interfaces.length === 0
      ? ['no interface is watched']
      : status.interfaces.flatMap(interfaceWords)),
    ...trialWords(status.trial),
    ...modeWords(status.modes),
    `metrics ${status.metrics ?? 'off'}`,
    `${countOf(status.alerts, 'alert')}, ${countOf(status.blocks, 'block')} in force, ${status.responses.running} responses running, ${status.responses.waiting} waiting`,
    ...listWords(status.lists),
    ...memoryWords(status.memory),
    `capabilities ${status.capabilities.join(', ')}`,
    '',
    table(
      ['verdict', 'reason', 'packets', 'bytes'],
      seen.map(({ verdict, reason, packets, bytes }) => [verdict, reason, packets, bytes]),
    ),
    table(
      ['protocol', 'kind', 'probes'],
      probes.map((count) => [count.protocol, count.kind, count.probes]),
    ),
    table(
      ['table', 'entries', 'capacity', 'memory'],
      status.tables.map(({ table: name, entries, capacity, bytes }) => [
        ...[name, entries, capacity ?? ''],
        `${(bytes / 2 ** 20).toFixed(1)} MB`,
      ]),
    ),
    lost.length === 0
      ? 'no event lost\n'
      : table(
          ['lost', 'count'],
          lost.map(({ reason, count }) => [reason, count]),
        ),
  ].join('\n');
}

function trialWords(trial: Status['trial']): string[] {
  const left = formatDuration((trial?.remainingSeconds ?? 0) * 1000);
  const words = {
    unconfirmed: [
      `unconfirmed: ${left} left, then everybody is let in again unless \`xdpsentry confirm\` is typed before`,
    ],
    rolled_back: ['rolled back: nobody has confirmed in time, and nothing is blocked any more'],
    confirmed: [],
  };
  return trial ? words[trial.state] : [];
}

function listWords({ count, networks, failing }: Status['lists']): string[] {
  if (count === 0) return [];
  const trouble = failing > 0 ? `, ${failing} could not be loaded last time` : '';
  return [`${count} ${count === 1 ? 'list' : 'lists'}, ${networks} networks on them in force${trouble}`];
}

function memoryWords(memory: Status['memory']): string[] {
  if (!memory) return ['no memory: a reboot ends all blocks'];
  return [`memory ${memory.path}${memory.error === null ? '' : `: cannot be used: ${memory.error}`}`];
}

function modeWords(modes: Status['modes']): string[] {
  const words = [modes?.tcp, modes?.udp].filter((mode) => mode !== null && mode !== undefined);
  return words.length > 0 ? [`PortSentry's modes: ${[...new Set(words)].join(', ')}`] : [];
}
