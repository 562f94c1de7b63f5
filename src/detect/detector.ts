import type { Alert } from './alert.ts';
import type { Probe } from './probe.ts';
import type { Rule } from './rule.ts';
import { RuleState } from './rule-state.ts';

type SourceState<R extends Rule> = { total: number; readonly rules: readonly RuleState<R>[] };

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
    /* At the first sight of a source nobody knows when the others came; and a total that went back means that the
       data plane forgot the source and started anew. */
    const untold = state.total === 0 ? 0 : Math.max(0, probe.total - state.total - 1);
    state.total = probe.total;
    return state.rules.flatMap((rule) => rule.observe(probe, untold) ?? []);
  }

  /** Lets the rules fire for the source again at once, because its block has ended. */
  rearm(source: string): void {
    for (const rule of this.#sources.get(source)?.rules ?? []) rule.rearm();
  }

  #stateOf(source: string): SourceState<R> {
    const state = this.#sources.get(source) ?? {
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
