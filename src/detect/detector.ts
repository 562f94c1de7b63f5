import type { Alert } from './alert.ts';
import type { Probe } from './probe.ts';
import type { Rule } from './rule.ts';
import { RuleState } from './rule-state.ts';

/** How far the numbering of a source's probes has been followed: from `base` up to `total`. */
type Story = { firstNs: number; base: number; total: number };

type SourceState<R extends Rule> = Story & { readonly rules: readonly RuleState<R>[] };

/**
 * The trigger logic: what rules make of probes. Pure: time comes in with the probes, and nothing is done but
 * remembering. At most `maxSources` sources are remembered; then the one that was silent longest is forgotten.
 */
export class Detector<R extends Rule> {
  readonly #rules: readonly R[];
  readonly #maxSources: number;
  /** In the order in which the sources were seen last. */
  readonly #sources = new Map<string, SourceState<R>>();
  #forgotten = 0;

  constructor(rules: readonly R[], maxSources: number) {
    this.#rules = rules;
    this.#maxSources = maxSources;
  }

  /** The alerts that this probe raises, in the order of the rules. */
  observe(probe: Probe): Alert<R>[] {
    const state = this.#stateOf(probe.source);
    const untold = countUntold(state, probe);
    return state.rules.flatMap((rule) => rule.observe(probe, untold) ?? []);
  }

  /** The same of a probe that has fulfilled `decided` already, as others have found: that one's alert is among them. */
  confirm(probe: Probe, decided: R): Alert<R>[] {
    const state = this.#stateOf(probe.source);
    const untold = countUntold(state, probe);
    return state.rules.flatMap((rule, index) => {
      const isDecided = this.#rules[index] === decided;
      return (isDecided ? rule.confirm(probe, untold) : rule.observe(probe, untold)) ?? [];
    });
  }

  /** Starts anew with the source, because an operator has lifted its block. */
  forget(source: string): void {
    this.#sources.delete(source);
  }

  /** Lets the rules fire for the source again at once, because its block has ended. */
  rearm(source: string): void {
    for (const rule of this.#sources.get(source)?.rules ?? []) rule.rearm();
  }

  #stateOf(source: string): SourceState<R> {
    const state = this.#sources.get(source) ?? {
      firstNs: Number.NaN,
      base: 0,
      total: 0,
      rules: this.#rules.map((rule) => new RuleState(rule)),
    };
    this.#sources.delete(source);
    this.#sources.set(source, state);
    if (this.#sources.size > this.#maxSources) {
      const [silentLongest] = this.#sources.keys();
      this.#sources.delete(silentLongest!);
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

/**
 * Probes that came since the last one that was told of; -1 when this one was taken for one of those before, because the
 * events of several CPUs come in another order than they were numbered in. At the first sight of a source, or of a new
 * story of it, nobody knows when the others came.
 */
function countUntold(state: Story, probe: Probe): number {
  if (state.firstNs !== probe.firstNs) {
    state.firstNs = probe.firstNs;
    state.base = probe.total;
    state.total = probe.total;
    return 0;
  }
  if (probe.total <= state.total) return probe.total > state.base ? -1 : 0;
  const untold = probe.total - state.total - 1;
  state.total = probe.total;
  return untold;
}
