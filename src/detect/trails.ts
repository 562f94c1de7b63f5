import { Eldest } from './eldest.ts';
import type { Probe } from './probe.ts';
import { joined, Trail, type TrailFacts } from './trail.ts';

/** The longest window that a rule may have: who was silent for so long begins anew. */
export const TRAIL_KEPT_NS = 7 * 86_400e9;

export type TrailsParts = {
  /** Sources that are remembered; then the one that was silent longest is forgotten. */
  readonly maxSources: number;
  /** What is known of the source is otherwise now; `isForgotten`: nothing is, for somebody has let it begin anew. */
  readonly changed?: (source: string, isForgotten: boolean) => void;
};

/**
 * What each source has touched, for days: longer than the kernel knows it, and whatever the rules are. A Detector counts on from it, so
 * that neither a restart nor other rules let a slow scan begin anew. Pure: time comes in with the probes.
 */
export class Trails {
  readonly #maxSources: number;
  readonly #changed: (source: string, isForgotten: boolean) => void;
  /** In the order in which the sources were seen last. */
  #trails = new Map<string, Trail>();
  #eldest = new Eldest(this.#trails);
  #forgotten = 0;

  constructor({ maxSources, changed = () => undefined }: TrailsParts) {
    this.#maxSources = maxSources;
    this.#changed = changed;
  }

  note(probe: Probe): void {
    const { source, atNs } = probe;
    const trail = this.#known(source, atNs) ?? new Trail(atNs);
    trail.note(probe);
    this.#trails.delete(source);
    this.#trails.set(source, trail);
    this.#makeRoom();
    this.#changed(source, false);
  }

  /** Starts anew with the source. */
  forget(source: string): void {
    this.#trails.delete(source);
    this.#changed(source, true);
  }

  /** What is known of the source at that time. */
  of(source: string, nowNs: number): TrailFacts | undefined {
    return this.#known(source, nowNs)?.facts;
  }

  /** Whether all that is remembered of the source was its own doing: who has once connected may be forged all the same. */
  isProven(source: string): boolean {
    return this.#trails.get(source)?.isAllProven === true;
  }

  /** Takes in what an earlier run has left. What has come meanwhile is later than that. */
  restore(earlier: Iterable<readonly [source: string, trail: Trail]>): void {
    for (const [source, trail] of earlier) {
      const later = this.#trails.get(source)?.facts;
      this.#trails.set(source, later ? Trail.of(joined(trail.facts, later)) : trail);
    }
    this.#trails = new Map([...this.#trails].sort(([, a], [, b]) => a.lastNs - b.lastNs));
    this.#eldest = new Eldest(this.#trails);
    this.#makeRoom();
  }

  /** Those that are remembered now. */
  get sources(): Iterable<string> {
    return this.#trails.keys();
  }

  /** Sources forgotten for want of room, ever. */
  get forgotten(): number {
    return this.#forgotten;
  }

  #known(source: string, nowNs: number): Trail | undefined {
    const trail = this.#trails.get(source);
    return trail && trail.lastNs >= nowNs - TRAIL_KEPT_NS ? trail : undefined;
  }

  #makeRoom(): void {
    while (this.#trails.size > this.#maxSources) {
      this.#trails.delete(this.#eldest.next());
      this.#forgotten++;
    }
  }
}
