import type { ProbeKind, Protocol } from './probe.ts';
import type { ToolName } from './tools/tool-name.ts';

/** When a source's probes are a scan. */
export type Rule = {
  readonly name: string;
  /** Kinds of probe that count; the others do not exist for this rule. */
  readonly kinds: ReadonlySet<ProbeKind>;
  /** Distinct (protocol, port) pairs that it takes; 1 or more. */
  readonly ports: number;
  /** Distinct addresses of this host that it takes; 1 or more. */
  readonly hosts: number;
  /** Distinct (address, protocol, port) triples that it takes; 1 or more. */
  readonly targets: number;
  /** Only probes that carry the mark of one of these tools count; absent: whatever they carry. */
  readonly tools?: ReadonlySet<ToolName>;
  /** Probes of sources with a label do not count, or only they do; absent: as those of others. */
  readonly research?: 'skip' | 'only';
  /** Probes that it takes; 1 or more. */
  readonly probes: number;
  /** All must be reached within this time, in nanoseconds; Infinity: whenever. */
  readonly windowNs: number;
  /** When it may fire for the same source again: a window later, or with each further probe. */
  readonly again: 'window' | 'probe';
  /** Distinct sources of one network that it takes, all together; absent: the rule is about each source by itself. */
  readonly sources?: number;
  /** Ports that count; absent: every monitored port. */
  readonly covers?: (protocol: Protocol, port: number) => boolean;
};
