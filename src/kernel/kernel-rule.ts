import type { ProbeKind, Protocol } from '../detect/probe.ts';

/** A rule that the kernel carries out alone, for probes of these kinds and protocols to any monitored port. */
export type KernelRule = {
  readonly number: number;
  readonly kinds: ReadonlySet<ProbeKind>;
  readonly protocols: readonly Protocol[];
  /** Distinct ports that it takes, at most RULE_THRESHOLD; 1 or more. */
  readonly ports: number;
  /** Probes that it takes; 1 or more. Where these are more than the ports, at most RULE_THRESHOLD. */
  readonly probes: number;
  /** Both must be reached within this time; Infinity: whenever. */
  readonly windowNs: number;
  /** Of the block; undefined: until it is lifted. */
  readonly durationNs: number | undefined;
};
