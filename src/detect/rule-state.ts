import type { Alert } from './alert.ts';
import { type Probe, type ProbeKind, probeKinds } from './probe.ts';
import type { Rule } from './rule.ts';
import { CountWindow, DistinctWindow } from './window.ts';

const UDP_BIT = 1 << 16;

/** What one rule remembers of one source. Its size is bounded by the rule's own thresholds. */
export class RuleState<R extends Rule> {
  readonly #rule: R;
  readonly #probes: CountWindow;
  readonly #ports: DistinctWindow<number>;
  readonly #kinds: DistinctWindow<ProbeKind>;
  #firedNs = Number.NEGATIVE_INFINITY;

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
    const count = this.#countsAllOf(probe) ? 1 + untold : 1;
    if (count > 0) this.#probes.add(atNs, count);
    this.#ports.add(probe.protocol === 'udp' ? probe.port | UDP_BIT : probe.port, atNs);
    this.#kinds.add(probe.kind, atNs);
    if (again === 'window' && atNs - this.#firedNs < windowNs) return undefined;
    if (!this.#probes.isReached(atNs) || !this.#ports.isReached(atNs)) return undefined;

    this.#firedNs = atNs;
    return {
      rule: this.#rule,
      source: probe.source,
      atNs,
      probes: this.#probes.sum,
      ports: this.#ports
        .within(atNs)
        .map((key) => ({ protocol: key & UDP_BIT ? 'udp' : 'tcp', port: key & ~UDP_BIT })),
      kinds: this.#kinds.within(atNs),
      untold: Math.max(count - 1, 0),
    };
  }

  /** Lets the rule fire again within its window: what it fired for has been answered and is over. */
  rearm(): void {
    this.#firedNs = Number.NEGATIVE_INFINITY;
  }

  /** What was not told of counts only where it must have been what the rule asks for: of its kinds, to its ports. */
  #countsAllOf(probe: Probe): boolean {
    const { kinds, covers } = this.#rule;
    return [...probe.kinds].every((kind) => kinds.has(kind)) && (!covers || probe.portCount === 1);
  }
}
