import type { Policy } from '../../../../src/config/policy.ts';
import type { PacketFacts, SentryEvent } from '../../../../src/report/event.ts';
import type { PortsentryContext } from '../../../../src/report/portsentry/line.ts';
import { portsentryLines } from '../../../../src/report/portsentry/lines.ts';
import { parsePorts } from '../../../../src/values/ports.ts';

export const SCANNER = '198.51.100.66';

type Setting = {
  readonly style?: '1.2' | '2';
  readonly tcp?: string | undefined;
  readonly udp?: string | undefined;
  /** Monitored and listened at, of both protocols alike: `1,11,15`. */
  readonly ports?: string;
  readonly name?: string;
};

/** As much of a policy as the words depend on. */
export function contextOf({ style = '1.2', tcp, udp, ports = '', name }: Setting): PortsentryContext {
  const both = { tcp: parsePorts(ports), udp: parsePorts(ports) };
  const policy: Partial<Policy> = {
    monitor: both,
    listen: { ...both, banner: undefined },
    responses: {
      hostsDeny: { entry: 'ALL: $TARGET$', file: '/etc/hosts.deny' },
      route: undefined,
      command: undefined,
      concurrency: 1,
      timeoutMs: 1000,
    },
  };
  return {
    policy: policy as Policy,
    portsentry: {
      style,
      modes: { tcp, udp },
      history: undefined,
      blocked: undefined,
      resolveHost: name !== undefined,
    },
    nameOf: (address) => name ?? address,
  };
}

/** The texts of an event in a setting. */
export const textsOf = (event: SentryEvent, setting: Setting): string[] =>
  portsentryLines(event, contextOf(setting)).map(({ text }) => text);

/** A SYN to TCP port 22 of which an alert is raised, unless it is said otherwise. */
export function alertOf(
  facts: Partial<Extract<SentryEvent, { event: 'alert' }>>,
): Extract<SentryEvent, { event: 'alert' }> {
  return {
    event: 'alert',
    rule: 'portsentry-tcp',
    source: SCANNER,
    destination: '192.0.2.1',
    probes: 1,
    total: 1,
    untold: 0,
    ports: '22/tcp',
    hosts: 1,
    kinds: ['syn'],
    action: 'block',
    by: 'controller',
    ...SYN,
    ...facts,
  };
}

export const SYN: PacketFacts = {
  address: SCANNER,
  protocol: 'tcp',
  port: 22,
  kind: 'syn',
  tcpFlags: 0x02,
  ipOptions: false,
};
