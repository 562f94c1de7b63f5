import { Latest } from './latest.ts';
import type { Probe } from './probe.ts';
import { joined, type Spent, Trail, type TrailFacts } from './trail.ts';

/** The longest window that a rule may have: who was silent for so long begins anew. */
export const TRAIL_KEPT_NS = 7 * 86_400e9;

/** Of the room for sources, for those on probation. */
const PROBATION_SHARE = 1 / 4;

export type TrailsParts = {
  /** Sources that are remembered, 2 or more. */
  readonly maxSources: number;
  /**
   * What is known of the source is otherwise now, and it is not on probation or was pardoned; `isUnknown`: nothing is known here, and what is
   * elsewhere counts no more.
   */
  readonly changed?: (source: string, isUnknown: boolean) => void;
};

/**
 * What each source has touched, for days: longer than the kernel knows it, and whatever the rules are. A Detector counts on from it, so
 * that neither a restart nor other rules let a slow scan begin anew. Pure: time comes in with the probes.
 *
 * Anybody can forge a packet of as many sources as there is room for. So a source is on probation until it has touched a second target, and
 * has to make room for others of its kind alone: segmented LRU (Karedla, Love and Wherry 1994), which is how caches withstand a scan of theirs.
 * Pings earn no place.
 */
export class Trails {
  readonly #changed: (source: string, isUnknown: boolean) => void;
  readonly #onProbation: Latest<string, Trail>;
  readonly #kept: Latest<string, Trail>;

  constructor({ maxSources, changed = () => undefined }: TrailsParts) {
    const onProbation = Math.ceil(maxSources * PROBATION_SHARE);
    this.#onProbation = new Latest(onProbation);
    this.#kept = new Latest(maxSources - onProbation);
    this.#changed = changed;
  }

  note(probe: Probe): void {
    const { source, atNs } = probe;
    const trail = this.#known(source, atNs) ?? new Trail(atNs);
    trail.note(probe);
    if (this.#put(source, trail)) this.#changed(source, false);
  }

  /** What the source touched until then counts no more. It stays known. */
  spend(source: string, untilNs: number, why: Spent): void {
    const trail = this.#get(source);
    trail?.spend(untilNs, why);
    if (why === 'pardoned' || this.#kept.get(source)) this.#changed(source, trail === undefined);
  }

  /** What is known of the source at that time. */
  of(source: string, nowNs: number): TrailFacts | undefined {
    return this.#known(source, nowNs)?.facts;
  }

  /** Whether all that is remembered of the source was its own doing: who has once connected may be forged all the same. */
  isProven(source: string): boolean {
    return this.#get(source)?.isAllProven === true;
  }

  /** Takes in what an earlier run has left. What has come meanwhile is later than that. */
  restore(earlier: Iterable<readonly [source: string, trail: Trail]>): void {
    const all = new Map([...this.#onProbation, ...this.#kept]);
    for (const [source, trail] of earlier) {
      const later = all.get(source)?.facts;
      all.set(source, later ? Trail.of(joined(trail.facts, later)) : trail);
    }
    this.#onProbation.clear();
    this.#kept.clear();
    for (const [source, trail] of [...all].sort(([, a], [, b]) => a.lastNs - b.lastNs))
      this.#put(source, trail);
  }

  /** Those that have touched several targets, who was seen last at the end. */
  get kept(): Iterable<string> {
    return this.#kept.keys();
  }

  /** The others, in the same order. */
  get onProbation(): Iterable<string> {
    return this.#onProbation.keys();
  }

  /** Sources forgotten for want of room, ever. */
  get forgotten(): { readonly kept: number; readonly onProbation: number } {
    return { kept: this.#kept.forgotten, onProbation: this.#onProbation.forgotten };
  }

  #get(source: string): Trail | undefined {
    return this.#kept.get(source) ?? this.#onProbation.get(source);
  }

  #known(source: string, nowNs: number): Trail | undefined {
    const trail = this.#get(source);
    return trail && trail.lastNs >= nowNs - TRAIL_KEPT_NS ? trail : undefined;
  }

  /** Where it belongs. True: that is with those that are kept. */
  #put(source: string, trail: Trail): boolean {
    const isKept = this.#kept.get(source) === trail || trail.hasSeveralTargets;
    const [to, from] = isKept ? [this.#kept, this.#onProbation] : [this.#onProbation, this.#kept];
    from.delete(source);
    to.put(source, trail);
    return isKept;
  }
}
