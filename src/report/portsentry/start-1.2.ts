import type { Policy, PortsentryPolicy } from '../../config/policy.ts';
import type { Transport } from '../../detect/probe.ts';
import { PortSet, parsePorts } from '../../values/ports.ts';
import type { SentryEvent } from '../event.ts';

type Started = Extract<SentryEvent, { event: 'started' }>;

/** PortSentry 1.2 has 64 ports at most and a line for each; beyond so many, one line with ranges says it as well. */
const MAX_PORT_LINES = 256;

/**
 * What version 1.2 says between its first line and the one that proves a good start, in the order in which the real one
 * says it: TCP first, and in the advanced modes the busy ports before the excluded ones.
 */
export function startLines12(started: Started, policy: Policy, { modes }: PortsentryPolicy): string[] {
  const lines = (['tcp', 'udp'] as const).flatMap((protocol) => {
    const busy = parsePorts(started.busy?.[protocol] ?? '');
    const NAME = protocol.toUpperCase();
    switch (modes[protocol]) {
      case 'tcp':
      case 'udp':
        return portByPort(
          policy.listen[protocol],
          busy,
          `Going into listen mode on ${NAME}`,
          (port) => `ERROR: could not bind ${NAME} socket: ${port}. Attempting to continue`,
        );
      case 'stcp':
      case 'sudp':
        return portByPort(
          policy.monitor[protocol],
          busy,
          `Going into stealth listen mode on ${NAME}`,
          // PortSentry gives the port up for good; this sentry watches it as soon as it is free.
          (port) =>
            `ERROR: Socket ${port} is in use and will not be monitored while it is. Attempting to continue`,
        );
      case 'atcp':
      case 'audp':
        return advanced(policy.monitor[protocol], busy, protocol);
      default:
        return [];
    }
  });
  return [...lines, 'PortSentry is now active and listening.'].map((line) => `adminalert: ${line}`);
}

function portByPort(
  ports: PortSet,
  busy: PortSet,
  intro: string,
  complaint: (port: number | string) => string,
): string[] {
  const inUse = PortSet.of([...busy].filter((port) => ports.has(port)));
  if (ports.size > MAX_PORT_LINES) {
    return [`${intro} ports: ${ports}`, ...(inUse.size > 0 ? [complaint(inUse.toString())] : [])];
  }
  return [...ports].flatMap((port) => [
    `${intro} port: ${port}`,
    ...(inUse.has(port) ? [complaint(port)] : []),
  ]);
}

/** The ports below the highest one are what ADVANCED_PORTS counts; those missing among them are what is excluded. */
function advanced(monitored: PortSet, busy: PortSet, protocol: Transport): string[] {
  const count = 1 + ([...monitored].at(-1) ?? -1);
  const excluded = new PortSet();
  excluded.addRange(0, count - 1);
  for (const port of monitored) excluded.delete(port);
  const inUse = PortSet.of([...busy].filter((port) => monitored.has(port)));
  const ignored = `Advanced Stealth scan detection mode activated. Ignored ${protocol.toUpperCase()}`;
  return [
    `Advanced mode will monitor first ${count} ports`,
    ...(excluded.size === 0
      ? ['Advanced mode will manually exclude no ports']
      : each(excluded, 'Advanced mode will manually exclude', ' ')), // the blank at the end is the real one's
    ...each(inUse, ignored),
    ...each(excluded, ignored),
  ];
}

function each(ports: PortSet, intro: string, end = ''): string[] {
  if (ports.size > MAX_PORT_LINES) return [`${intro} ports: ${ports}${end}`];
  return [...ports].map((port) => `${intro} port: ${port}${end}`);
}
