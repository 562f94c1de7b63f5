import type { Alert } from './alert.ts';
import { hostKey } from './host-key.ts';
import { portKey, portOf } from './port-key.ts';
import { type Probe, probeKinds, type Target } from './probe.ts';
import type { Rule } from './rule.ts';
import type { Touch } from './trail.ts';
import {
  areKeysReached,
  countWithin,
  isCountReached,
  keysWithin,
  NOTHING,
  noteCount,
  noteKey,
  type Recent,
  seenAfter,
  sumOf,
} from './window.ts';

/** Probes that CPUs handle side by side come within this time, in nanoseconds; no block is over so soon. */
const SAME_MOMENT_NS = 10e6;

/** Whether the probe exists for the rule. */
export function countsFor(
  { kinds, tools, research, covers }: Rule,
  probe: Pick<Probe, 'kind' | 'protocol' | 'port'> & Partial<Pick<Probe, 'mark' | 'label'>>,
): boolean {
  const { kind, protocol, port, mark, label } = probe;
  if (!kinds.has(kind)) return false;
  if (tools && !(mark && tools.has(mark.tool))) return false;
  if (research === 'skip' && label !== null) return false;
  if (research === 'only' && typeof label !== 'string') return false;
  return covers?.(protocol, port) !== false;
}

/** What of a rule is fulfilled at a moment, as far as it is remembered: never more than the rule asks for. */
export type Standing<R extends Rule = Rule> = {
  readonly rule: R;
  readonly ports: number;
  readonly hosts: number;
  readonly targets: number;
  readonly probes: number;
  /** When it has fired last, if it is quiet about the source for that. */
  readonly quietSinceNs: number | undefined;
};

/** What one rule remembers of one source. Its size is bounded by the rule's own thresholds. */
export class RuleState<R extends Rule> {
  readonly #rule: R;
  #probes: Recent = NOTHING;
  #ports: Recent = NOTHING;
  /** By hostKey(); of a rule that asks for no hosts there are none. */
  #hosts: Recent = NOTHING;
  /** By targetKey(); of a rule that asks for no targets there are none. */
  #targets: Recent = NOTHING;
  /** Places in `probeKinds`. */
  #kinds: Recent = NOTHING;
  #firedNs: number | undefined;
  #confirmedNs: number | undefined;
  #spentNs: number;

  /** What came until `spentNs` does not count. */
  constructor(rule: R, spentNs = Number.NEGATIVE_INFINITY) {
    this.#rule = rule;
    this.#spentNs = spentNs;
  }

  /**
   * The alert, when this probe makes the rule fire; then the rule is quiet about the source for one window, unless it fires
   * with each probe. `untold` probes came since the last one that was told of; -1: this one is among those counted so before.
   * The probe must count for the rule.
   */
  observe(probe: Probe, untold: number): Alert<R> | undefined {
    const { ports, hosts, targets, windowNs, again } = this.#rule;
    const { atNs } = probe;
    if (atNs <= this.#spentNs) return undefined;
    const count = this.#countOf(probe, untold);
    this.#remember(probe, count);
    if (again === 'window' && this.#firedNs !== undefined) {
      if (atNs - this.#firedNs < windowNs) return undefined;
      this.spend(this.#firedNs);
    }
    if (!isCountReached(this.#probes, probesOf(this.#rule), atNs, windowNs)) return undefined;
    if (!areKeysReached(this.#ports, ports, atNs, windowNs)) return undefined;
    if (hosts > 1 && !areKeysReached(this.#hosts, hosts, atNs, windowNs)) return undefined;
    if (targets > 1 && !areKeysReached(this.#targets, targets, atNs, windowNs)) return undefined;
    return this.#fire(probe, count);
  }

  /**
   * The alert of a rule that was found to be fulfilled by this probe elsewhere, whatever is remembered here: not everything need
   * have been told of. Undefined when the same was found at another place in the same moment.
   */
  confirm(probe: Probe, untold: number): Alert<R> | undefined {
    const count = this.#countOf(probe, untold);
    this.#remember(probe, count);
    const sinceNs = Math.abs(probe.atNs - (this.#confirmedNs ?? Number.NEGATIVE_INFINITY));
    this.#confirmedNs = probe.atNs;
    if (this.#rule.again === 'window' && sinceNs < SAME_MOMENT_NS) return undefined;
    return this.#fire(probe, count);
  }

  /** Lets the rule fire again within its window: what it fired for has been answered and is over. */
  rearm(): void {
    this.#firedNs = undefined;
  }

  /** What came until then counts no more: it was answered, or forgiven. */
  spend(untilNs: number): void {
    if (untilNs <= this.#spentNs) return;
    this.#spentNs = untilNs;
    this.#probes = seenAfter(this.#probes, untilNs);
    this.#ports = seenAfter(this.#ports, untilNs);
    this.#hosts = seenAfter(this.#hosts, untilNs);
    this.#targets = seenAfter(this.#targets, untilNs);
    this.#kinds = seenAfter(this.#kinds, untilNs);
  }

  /** Counts a probe of the past, and does not fire. It must count for the rule. */
  recall(touch: Touch): void {
    if (touch.atNs > this.#spentNs) this.#remember(touch, 1);
  }

  standing(nowNs: number): Standing<R> {
    const { ports, hosts, targets, windowNs, again } = this.#rule;
    const isQuiet = again === 'window' && this.#firedNs !== undefined && nowNs - this.#firedNs < windowNs;
    return {
      rule: this.#rule,
      ports: Math.min(ports, keysWithin(this.#ports, nowNs, windowNs).length),
      hosts: Math.min(hosts, keysWithin(this.#hosts, nowNs, windowNs).length),
      targets: Math.min(
        targets,
        keysWithin(targets > 1 ? this.#targets : this.#ports, nowNs, windowNs).length,
      ),
      probes: Math.min(probesOf(this.#rule), countWithin(this.#probes, nowNs, windowNs)),
      quietSinceNs: isQuiet ? this.#firedNs : undefined,
    };
  }

  /** For how many probes this one counts. */
  #countOf(probe: Probe, untold: number): number {
    return countsAllOf(this.#rule, probe) ? 1 + untold : 1;
  }

  #remember(probe: Touch & { readonly mark?: Probe['mark'] }, count: number): void {
    const { tools, windowNs } = this.#rule;
    const { atNs, mark } = probe;
    if (count > 0) this.#probes = noteCount(this.#probes, count, atNs, probesOf(this.#rule), windowNs);
    if (tools && mark?.also && mark.also.atNs > this.#spentNs) this.#rememberTarget(mark.also);
    this.#rememberTarget(probe);
    this.#kinds = noteKey(this.#kinds, probeKinds.indexOf(probe.kind), atNs, probeKinds.length);
  }

  /** For targets, ports and hosts are remembered as well: the alert tells them. */
  #rememberTarget(target: Target): void {
    const { ports, hosts, targets } = this.#rule;
    const { destination, atNs } = target;
    this.#ports = noteKey(this.#ports, portKey(target), atNs, Math.max(ports, targets));
    if (hosts > 1 || targets > 1)
      this.#hosts = noteKey(this.#hosts, hostKey(destination), atNs, Math.max(hosts, targets));
    if (targets > 1) this.#targets = noteKey(this.#targets, targetKey(target), atNs, targets);
  }

  #fire({ source, atNs }: Probe, count: number): Alert<R> {
    const { windowNs } = this.#rule;
    this.#firedNs = atNs;
    return {
      rule: this.#rule,
      source,
      atNs,
      probes: Math.max(sumOf(this.#probes), probesOf(this.#rule), this.#rule.targets),
      ports: keysWithin(this.#ports, atNs, windowNs).map(portOf),
      hosts: Math.max(1, keysWithin(this.#hosts, atNs, windowNs).length),
      kinds: keysWithin(this.#kinds, atNs, windowNs).map((place) => probeKinds[place]!),
      untold: Math.max(count - 1, 0),
    };
  }
}

/** What was not told of counts only where it must have been what the rule asks for: of its kinds, to its ports. */
export function countsAllOf({ kinds, tools, research, covers }: Rule, probe: Probe): boolean {
  if (tools || research) return false;
  if (covers && probe.portCount !== 1) return false;
  for (const kind of probe.kinds) if (!kinds.has(kind)) return false;
  return true;
}

export const targetKey = ({ destination, protocol, port }: Target): number =>
  hostKey(`${destination} ${port}/${protocol}`);

/** Each port and each host took a probe: asking for as many probes changes nothing but what the alert can tell. */
const probesOf = ({ ports, hosts, probes }: Rule): number => Math.max(ports, hosts, probes);
