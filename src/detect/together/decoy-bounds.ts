/** What a copy is, and what it is worth to have sent some. bpf/wire.h has the numbers and their reasons, for the kernel goes by them, too. */
export type DecoyBounds = {
  /** Copies come this close to one another, in nanoseconds. */
  readonly withinNs: number;
  /** So many sources, or more, have sent the same. */
  readonly senders: number;
  /** So many of its latest probes decide of a source. */
  readonly memory: number;
  /** So many of its probes are spared at most. */
  readonly sparedProbes: number;
};
