import type { Port } from './port-key.ts';
import type { ProbeKind } from './probe.ts';
import type { Rule } from './rule.ts';

/** A rule has fired for a source. */
export type Alert<R extends Rule = Rule> = {
  readonly rule: R;
  readonly source: string;
  /** Boot time of the probe that decided, in nanoseconds. */
  readonly atNs: number;
  /** Probes that the rule counted, at least what it asks for. */
  readonly probes: number;
  /**
   * The distinct ports that the rule counted, oldest first: at least as many as it asks for, unless it was decided elsewhere; then
   * those that are known here.
   */
  readonly ports: readonly Port[];
  /** Distinct addresses of this host that the rule counted, at most as many as it asks for; 1 where it asks for none. */
  readonly hosts: number;
  /** Kinds seen within the rule's window. */
  readonly kinds: readonly ProbeKind[];
  /** Probes that the rule counted since the one before without having been told of each. */
  readonly untold: number;
};
