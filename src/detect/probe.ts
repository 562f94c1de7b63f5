export const probeKinds = ['syn', 'fin', 'null', 'xmas', 'maimon', 'ack', 'odd', 'udp', 'fragment'] as const;

/** What a probe looks like on the wire; bpf/classify.h decides which it is. */
export type ProbeKind = (typeof probeKinds)[number];

export type Protocol = 'tcp' | 'udp';

/** One probe that the data plane told of. It may have seen more: `total` says how many. */
export type Probe = {
  /** Text of the source: an address, or an IPv6 prefix. */
  readonly source: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly kind: ProbeKind;
  /** Probes of this source so far, this one and those not told of included. */
  readonly total: number;
  /** Kinds of all of them. */
  readonly kinds: ReadonlySet<ProbeKind>;
  /** Boot time in nanoseconds. */
  readonly atNs: number;
};
