import { Eldest } from '../values/eldest.ts';
import type { Alert } from './alert.ts';
import type { Probe } from './probe.ts';
import type { Rule } from './rule.ts';
import { countsFor, RuleState, type Standing } from './rule-state.ts';
import { countUntold, NOT_YET, type Story } from './story.ts';
import type { TrailFacts } from './trail.ts';

/** A rule has no state before a probe counts for it. */
type SourceState<R extends Rule> = Story & {
  readonly rules: (RuleState<R> | undefined)[];
  /** As a trail has them: see there. */
  answeredNs: number;
  readonly pardonedNs: number;
};

/** What a source has touched before, as far as it is known at that time; undefined: nothing is. */
export type Past = (
  source: string,
  nowNs: number,
) => Pick<TrailFacts, 'touches' | 'answeredNs' | 'pardonedNs'> | undefined;

const NOTHING_KNOWN = {
  touches: [],
  answeredNs: Number.NEGATIVE_INFINITY,
  pardonedNs: Number.NEGATIVE_INFINITY,
} as const;

/**
 * The trigger logic: what rules make of probes. Pure: time comes in with the probes, and nothing is done but
 * remembering. At most `maxSources` sources are remembered; then the one that was silent longest is forgotten. Whoever is not among
 * them is counted from what is known of his past: rules that have just begun, after a start or because they are others, go on where those
 * before them were, source by source as they come. Of the past nobody is alerted: should it fulfil a rule, that fires with the source's next
 * probe.
 */
export class Detector<R extends Rule> {
  readonly #rules: readonly R[];
  readonly #maxSources: number;
  readonly #past: Past;
  /** In the order in which the sources were seen last. */
  readonly #sources = new Map<string, SourceState<R>>();
  readonly #eldest = new Eldest(this.#sources);
  #forgotten = 0;

  constructor(rules: readonly R[], maxSources: number, past: Past = () => undefined) {
    this.#rules = rules;
    this.#maxSources = maxSources;
    this.#past = past;
  }

  /** The alerts that this probe raises, in the order of the rules. */
  observe(probe: Probe): Alert<R>[] {
    return this.#alertsOf(probe, undefined);
  }

  /** The same of a probe that has fulfilled `decided`, as others have found: that one's alert is among them. */
  confirm(probe: Probe, decided: R): Alert<R>[] {
    return this.#alertsOf(probe, decided);
  }

  /** How far the source, of which that is the label, is on its way to each rule, in their order. */
  standings(source: string, nowNs: number, label: Probe['label'] = null): Standing<R>[] {
    const { rules } = this.#sources.get(source) ?? this.#remembered({ source, atNs: nowNs, label });
    return this.#rules.map((rule, index) => (rules[index] ?? new RuleState(rule)).standing(nowNs));
  }

  /**
   * What the source did until then has been answered, and counts no more. A rule that fires with each further probe has said that it does.
   */
  spend(source: string, untilNs: number): void {
    const state = this.#sources.get(source);
    if (!state) return;
    state.answeredNs = Math.max(state.answeredNs, untilNs);
    for (const [index, rule] of this.#rules.entries())
      if (rule.again === 'window') state.rules[index]?.spend(untilNs);
  }

  /** Counts the source anew, from what is known of its past. */
  forget(source: string): void {
    this.#sources.delete(source);
  }

  /** Lets the rules fire for the source again at once: what they have fired for has been answered and is over, or could not be. */
  rearm(source: string): void {
    for (const rule of this.#sources.get(source)?.rules ?? []) rule?.rearm();
  }

  #alertsOf(probe: Probe, decided: R | undefined): Alert<R>[] {
    const state = this.#stateOf(probe);
    const untold = countUntold(state, probe);
    const alerts: Alert<R>[] = [];
    for (const [index, rule] of this.#rules.entries()) {
      if (rule !== decided && !countsFor(rule, probe)) continue;
      state.rules[index] ??= new RuleState(rule, spentNs(rule, state));
      const ruleState = state.rules[index];
      const alert = rule === decided ? ruleState.confirm(probe, untold) : ruleState.observe(probe, untold);
      if (alert) alerts.push(alert);
    }
    return alerts;
  }

  #stateOf(probe: Probe): SourceState<R> {
    const { source } = probe;
    const state = this.#sources.get(source) ?? this.#remembered(probe);
    this.#sources.delete(source);
    this.#sources.set(source, state);
    if (this.#sources.size > this.#maxSources) {
      this.#sources.delete(this.#eldest.next());
      this.#forgotten++;
    }
    return state;
  }

  /** What there is of a source that is not among those that are counted. */
  #remembered({ source, atNs, label }: Pick<Probe, 'source' | 'atNs' | 'label'>): SourceState<R> {
    const rules = this.#rules.map((): RuleState<R> | undefined => undefined);
    const { touches, answeredNs, pardonedNs } = this.#past(source, atNs) ?? NOTHING_KNOWN;
    const state = { ...NOT_YET, rules, answeredNs, pardonedNs };
    for (const { tool, ...touch } of touches) {
      const probe = { ...touch, mark: tool && { tool }, label };
      for (const [index, rule] of this.#rules.entries()) {
        if (!countsFor(rule, probe)) continue;
        rules[index] ??= new RuleState(rule, spentNs(rule, state));
        rules[index].recall(probe);
      }
    }
    return state;
  }

  /** Sources remembered now. */
  get sources(): number {
    return this.#sources.size;
  }

  /** Sources forgotten for want of room, ever. */
  get forgotten(): number {
    return this.#forgotten;
  }
}

/** Until when what a source did does not count for the rule. */
const spentNs = (
  { again }: Rule,
  { answeredNs, pardonedNs }: Pick<TrailFacts, 'answeredNs' | 'pardonedNs'>,
): number => (again === 'window' ? Math.max(answeredNs, pardonedNs) : pardonedNs);
