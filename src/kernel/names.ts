import type { ProbeKind, Protocol } from '../detect/probe.ts';
import type { BlockOrigin, Verdict } from './data-plane.ts';
import { kind, lost, origin, outcome, proto } from './wire.generated.ts';

/** A C name that is new or gone makes one of these `satisfies` fail, and not a log line in production. */

type Named<Numbers> = Exclude<keyof Numbers, 'MAX'>;

const kindNames = {
  SYN: 'syn',
  FIN: 'fin',
  NULL: 'null',
  XMAS: 'xmas',
  MAIMON: 'maimon',
  ACK: 'ack',
  ODD: 'odd',
  UDP: 'udp',
  FRAGMENT: 'fragment',
  ODD_REPLY: 'odd_reply',
  SCTP: 'sctp',
  PROTOCOL: 'protocol',
  PING: 'ping',
} as const satisfies Record<Named<typeof kind>, Exclude<ProbeKind, 'connect'>>;

const protocolNames = {
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: 'sctp',
  ICMP: 'icmp',
  IP: 'ip',
} as const satisfies Record<Named<typeof proto>, Protocol>;

const originNames = {
  LOCAL: 'local',
  OPERATOR: 'operator',
} as const satisfies Record<Named<typeof origin>, BlockOrigin>;

const entries = <N extends Record<string, number>, V>(numbers: N, names: Record<Named<N>, V>) =>
  Object.entries(names).map(([key, name]) => ({ number: numbers[key]!, name: name as V }));

const byNumber = <V>(list: readonly { number: number; name: V }[]): readonly (V | undefined)[] => {
  const table: (V | undefined)[] = [];
  for (const { number, name } of list) table[number] = name;
  return table;
};

export const kinds = entries(kind, kindNames);
export const kindByNumber = byNumber(kinds);
export const protocols = entries(proto, protocolNames);
export const protocolByNumber = byNumber(protocols);
export const origins = entries(origin, originNames);
export const originByNumber = byNumber(origins);

/** Every outcome with the metric labels that its C name spells: PASS_NOT_IP is verdict `pass`, reason `not_ip`. */
export const outcomes = Object.entries(outcome)
  .filter(([name]) => name !== 'MAX')
  .map(([name, number]) => ({
    number,
    verdict: name.slice(0, 4).toLowerCase() as Verdict,
    reason: name.slice(5).toLowerCase(),
  }));

export const losses = Object.entries(lost)
  .filter(([name]) => name !== 'MAX')
  .map(([name, number]) => ({ number, reason: name.toLowerCase() }));

/** What probes of a kind travel in, where that is not TCP. A tiny fragment may be of each that has ports. */
const carriers: Partial<Record<ProbeKind, readonly Protocol[]>> = {
  udp: ['udp'],
  sctp: ['sctp'],
  ping: ['icmp'],
  protocol: ['ip'],
  fragment: ['tcp', 'udp', 'sctp'],
};

export const isPossible = (protocol: Protocol, probeKind: ProbeKind): boolean =>
  (carriers[probeKind] ?? ['tcp']).includes(protocol);
