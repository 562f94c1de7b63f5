export const probeKinds = ['syn', 'fin', 'null', 'xmas', 'maimon', 'ack', 'odd', 'udp', 'fragment'] as const;

/** What a probe looks like on the wire; bpf/classify.h decides which it is. */
export type ProbeKind = (typeof probeKinds)[number];

export type Protocol = 'tcp' | 'udp';

/** One sighting of a source by the data plane. */
export type Probe = {
  /** Text of the source: an address, or an IPv6 prefix. */
  readonly source: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly kind: ProbeKind;
  /** Packets that this sighting stands for: 1, or more when the data plane's budget held some back. */
  readonly count: number;
  /** Boot time in nanoseconds. */
  readonly atNs: number;
};
