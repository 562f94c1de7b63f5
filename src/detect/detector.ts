import type { Alert } from './alert.ts';
import { Eldest } from './eldest.ts';
import type { Probe } from './probe.ts';
import type { Rule } from './rule.ts';
import { countsFor, RuleState, type Standing } from './rule-state.ts';
import { countUntold, NOT_YET, type Story } from './story.ts';
import type { PastProbe } from './trails.ts';

/** A rule has no state before a probe counts for it. */
type SourceState<R extends Rule> = Story & { readonly rules: (RuleState<R> | undefined)[] };

/**
 * The trigger logic: what rules make of probes. Pure: time comes in with the probes, and nothing is done but
 * remembering. At most `maxSources` sources are remembered; then the one that was silent longest is forgotten.
 */
export class Detector<R extends Rule> {
  readonly #rules: readonly R[];
  readonly #maxSources: number;
  /** In the order in which the sources were seen last. */
  readonly #sources = new Map<string, SourceState<R>>();
  readonly #eldest = new Eldest(this.#sources);
  #forgotten = 0;

  constructor(rules: readonly R[], maxSources: number) {
    this.#rules = rules;
    this.#maxSources = maxSources;
  }

  /** The alerts that this probe raises, in the order of the rules. */
  observe(probe: Probe): Alert<R>[] {
    return this.#alertsOf(probe, undefined);
  }

  /** The same of a probe that has fulfilled `decided`, as others have found: that one's alert is among them. */
  confirm(probe: Probe, decided: R): Alert<R>[] {
    return this.#alertsOf(probe, decided);
  }

  /**
   * Counts one of the past, of which nobody is alerted any more; to be called in the order of time, and before the first new one. Should it
   * fulfil a rule, that fires with the source's next probe.
   */
  recall(past: PastProbe, label: string | null = null): void {
    const state = this.#stateOf(past.source);
    const probe = { ...past, mark: past.tool && { tool: past.tool }, label };
    for (const [index, rule] of this.#rules.entries()) {
      if (!countsFor(rule, probe)) continue;
      state.rules[index] ??= new RuleState(rule);
      state.rules[index].recall(probe);
    }
  }

  /** How far the source is on its way to each rule, in their order. */
  standings(source: string, nowNs: number): Standing<R>[] {
    const states = this.#sources.get(source)?.rules;
    return this.#rules.map((rule, index) => (states?.[index] ?? new RuleState(rule)).standing(nowNs));
  }

  /** Starts anew with the source, because an operator has lifted its block. */
  forget(source: string): void {
    this.#sources.delete(source);
  }

  /** Lets the rules fire for the source again at once, because its block has ended. */
  rearm(source: string): void {
    for (const rule of this.#sources.get(source)?.rules ?? []) rule?.rearm();
  }

  #alertsOf(probe: Probe, decided: R | undefined): Alert<R>[] {
    const state = this.#stateOf(probe.source);
    const untold = countUntold(state, probe);
    const alerts: Alert<R>[] = [];
    for (const [index, rule] of this.#rules.entries()) {
      if (rule !== decided && !countsFor(rule, probe)) continue;
      state.rules[index] ??= new RuleState(rule);
      const ruleState = state.rules[index];
      const alert = rule === decided ? ruleState.confirm(probe, untold) : ruleState.observe(probe, untold);
      if (alert) alerts.push(alert);
    }
    return alerts;
  }

  #stateOf(source: string): SourceState<R> {
    const state = this.#sources.get(source) ?? {
      ...NOT_YET,
      rules: this.#rules.map(() => undefined),
    };
    this.#sources.delete(source);
    this.#sources.set(source, state);
    if (this.#sources.size > this.#maxSources) {
      this.#sources.delete(this.#eldest.next());
      this.#forgotten++;
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
