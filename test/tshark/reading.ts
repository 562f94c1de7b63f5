/** What somebody has read of the outermost IP header of a frame and of what follows it; only what is there. */
export type Reading = {
  /** Of IP. */
  readonly version?: number | undefined;
  readonly source?: string | undefined;
  readonly destination?: string | undefined;
  /** A fragment but the first: no transport's header follows. */
  readonly isLaterFragment?: boolean | undefined;
  /** Or hop limit. Like all that follows, not of later fragments. */
  readonly ttl?: number | undefined;
  /** Of IPv4. */
  readonly identification?: number | undefined;
  /** IPPROTO_*, behind all extension headers. */
  readonly protocol?: number | undefined;
  /** Of TCP, UDP and SCTP. */
  readonly sourcePort?: number | undefined;
  readonly port?: number | undefined;
  /** Of TCP: the lower eight bits. */
  readonly flags?: number | undefined;
  readonly sequence?: number | undefined;
  readonly window?: number | undefined;
  /** Bytes of the TCP header with its options. */
  readonly headerBytes?: number | undefined;
  /** Type of the first chunk of SCTP. */
  readonly chunk?: number | undefined;
  /** Type of an ICMP message that asks for something. */
  readonly request?: number | undefined;
};

const FIELDS = [
  'version',
  'source',
  'destination',
  'isLaterFragment',
  'ttl',
  'identification',
  'protocol',
  'sourcePort',
  'port',
  'flags',
  'sequence',
  'window',
  'headerBytes',
  'chunk',
  'request',
] as const satisfies readonly (keyof Reading)[];

/** In what two readings of a frame differ. */
export const differing = (one: Reading, other: Reading): (keyof Reading)[] =>
  FIELDS.filter((field) => one[field] !== other[field]);
