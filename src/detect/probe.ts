import type { ToolName } from './tools/tool-name.ts';
import type { Traits } from './traits.ts';

export const probeKinds = [
  'syn',
  'fin',
  'null',
  'xmas',
  'maimon',
  'ack',
  'odd',
  'odd_reply',
  'udp',
  'fragment',
  'sctp',
  'protocol',
  'ping',
  'connect',
] as const;

/**
 * What a probe looks like: bpf/classify.h decides on the wire. Only `connect` never comes from there: a connection (or
 * datagram) that reached a listener of the sentry's own.
 */
export type ProbeKind = (typeof probeKinds)[number];

/** What a port is one of; of `icmp` it is the type of a message, of `ip` the number of any other protocol. */
export const protocols = ['tcp', 'udp', 'sctp', 'icmp', 'ip'] as const;

export type Protocol = (typeof protocols)[number];

/** Those with ports that a socket may be bound to; the kernel can be asked for it. */
export type Transport = 'tcp' | 'udp';

export const isTransport = (protocol: Protocol): protocol is Transport =>
  protocol === 'tcp' || protocol === 'udp';

/** How the others are dealt with where only these two are told apart: as forgeable as datagrams are. */
export const transportOf = (protocol: Protocol): Transport => (protocol === 'tcp' ? 'tcp' : 'udp');

/** One probe that the data plane told of. It may have seen more: `total` says how many. */
export type Probe = {
  /** Text of the source: an address, or an IPv6 prefix. */
  readonly source: string;
  /** Text of the address of this host that it went to. */
  readonly destination: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly kind: ProbeKind;
  /** When the data plane saw this source first; changes when it was forgotten and seen anew. */
  readonly firstNs: number;
  /** Probes of this source since then, this one and those not told of included. */
  readonly total: number;
  /** Kinds of all of them. */
  readonly kinds: ReadonlySet<ProbeKind>;
  /** Distinct ports of all of them; a few less when there are many. */
  readonly portCount: number;
  /** Boot time in nanoseconds. */
  readonly atNs: number;
  /** Undefined where no packet was looked at: a connection to a listener of the sentry's own. */
  readonly traits: Traits | undefined;
  /** Absent: it carries none, or nobody has looked. */
  readonly mark?: Mark | undefined;
  /** Whose research scanner the source is known to be; null: nobody's; absent: nobody has looked. */
  readonly label?: string | null | undefined;
};

/** Where a probe went, and when. */
export type Target = Pick<Probe, 'destination' | 'protocol' | 'port' | 'atNs'>;

/** A probe carries the mark of a tool: nobody else's packet would have it, unless by a forgery. */
export type Mark = {
  readonly tool: ToolName;
  /** An earlier probe of the source has it as well, which is known only with this one. */
  readonly also?: Target;
};
