import type { Alert } from './alert.ts';
import { type Probe, type ProbeKind, probeKinds } from './probe.ts';
import type { Rule } from './rule.ts';
import { CountWindow, DistinctWindow } from './window.ts';

const UDP_BIT = 1 << 16;
/** Probes that CPUs handle side by side come within this time, in nanoseconds; no block is over so soon. */
const SAME_MOMENT_NS = 10e6;

/** What one rule remembers of one source. Its size is bounded by the rule's own thresholds. */
export class RuleState<R extends Rule> {
  readonly #rule: R;
  readonly #probes: CountWindow;
  readonly #ports: DistinctWindow<number>;
  readonly #kinds: DistinctWindow<ProbeKind>;
  #firedNs = Number.NEGATIVE_INFINITY;
  #confirmedNs = Number.NEGATIVE_INFINITY;

  constructor(rule: R) {
    this.#rule = rule;
    // Each port took a probe: asking for as many probes changes nothing but what the alert can tell.
    this.#probes = new CountWindow(Math.max(rule.probes, rule.ports), rule.windowNs);
    this.#ports = new DistinctWindow(rule.ports, rule.windowNs);
    this.#kinds = new DistinctWindow(probeKinds.length, rule.windowNs);
  }

  /**
   * The alert, when this probe makes the rule fire; then the rule is quiet about the source for one window, unless it fires
   * with each probe. `untold` probes came since the last one that was told of; -1: this one is among those counted so before.
   */
  observe(probe: Probe, untold: number): Alert<R> | undefined {
    const { kinds, covers, windowNs, again } = this.#rule;
    if (!kinds.has(probe.kind) || covers?.(probe.protocol, probe.port) === false) return undefined;

    const { atNs } = probe;
    const count = this.#remember(probe, untold);
    if (again === 'window' && atNs - this.#firedNs < windowNs) return undefined;
    if (!this.#probes.isReached(atNs) || !this.#ports.isReached(atNs)) return undefined;
    return this.#fire(probe, count);
  }

  /**
   * The alert of a rule that was found to be fulfilled by this probe elsewhere, whatever is remembered here: not everything need
   * have been told of. Undefined when the same was found at another place in the same moment.
   */
  confirm(probe: Probe, untold: number): Alert<R> | undefined {
    const { atNs } = probe;
    const count = this.#remember(probe, untold);
    const isSame = this.#rule.again === 'window' && Math.abs(atNs - this.#confirmedNs) < SAME_MOMENT_NS;
    this.#confirmedNs = atNs;
    return isSame ? undefined : this.#fire(probe, count);
  }

  /** Lets the rule fire again within its window: what it fired for has been answered and is over. */
  rearm(): void {
    this.#firedNs = Number.NEGATIVE_INFINITY;
  }

  /** Answers for how many probes this one counts. */
  #remember(probe: Probe, untold: number): number {
    const { atNs } = probe;
    const count = this.#countsAllOf(probe) ? 1 + untold : 1;
    if (count > 0) this.#probes.add(atNs, count);
    this.#ports.add(probe.protocol === 'udp' ? probe.port | UDP_BIT : probe.port, atNs);
    this.#kinds.add(probe.kind, atNs);
    return count;
  }

  #fire({ source, atNs }: Probe, count: number): Alert<R> {
    const { ports, probes } = this.#rule;
    this.#firedNs = atNs;
    return {
      rule: this.#rule,
      source,
      atNs,
      probes: Math.max(this.#probes.sum, ports, probes),
      ports: this.#ports
        .within(atNs)
        .map((key) => ({ protocol: key & UDP_BIT ? 'udp' : 'tcp', port: key & ~UDP_BIT })),
      kinds: this.#kinds.within(atNs),
      untold: Math.max(count - 1, 0),
    };
  }

  /** What was not told of counts only where it must have been what the rule asks for: of its kinds, to its ports. */
  #countsAllOf(probe: Probe): boolean {
    const { kinds, covers } = this.#rule;
    return [...probe.kinds].every((kind) => kinds.has(kind)) && (!covers || probe.portCount === 1);
  }
}
