import type { Probe } from '../probe.ts';
import type { DecoyBounds } from './decoy-bounds.ts';

/** Which probe of its sender it is, as the data plane numbers them. */
export type Numbered = Pick<Probe, 'firstNs' | 'total'>;

/** A source of which a probe was sent in the names of others, too: it hides among decoys, or is one. */
export class Suspect<Set = unknown> {
  readonly source: string;
  /** The set that it belongs to. */
  set: Set | undefined;
  /** Probes that it has in common with others, all of them. */
  shared = 0;
  lastNs = 0;
  readonly #bounds: DecoyBounds;
  #copies = 0;
  #others: number;
  /** What it has sent in the story that the data plane is telling of it, and in those that are over: each block begins another. */
  #firstNs: number;
  #total: number;
  #totalBefore = 0;
  /** The data plane, which sees every probe, has said so of its latest. */
  #isSeenAmongDecoys = false;

  /** `first`: of its probes the first that turned out to be in common with others. */
  constructor(source: string, { firstNs, total }: Numbered, bounds: DecoyBounds) {
    this.source = source;
    this.#bounds = bounds;
    this.#others = Math.min(total - 1, bounds.memory);
    this.#firstNs = firstNs;
    this.#total = total;
  }

  /** It has sent a probe. Whether that is a copy shows when the others come. */
  sends({ firstNs, total }: Numbered): void {
    if (firstNs > this.#firstNs) {
      this.#totalBefore += this.#total;
      this.#firstNs = firstNs;
      this.#total = total;
    } else if (firstNs === this.#firstNs) this.#total = Math.max(this.#total, total);
    this.#others++;
    if (this.#others + this.#copies <= this.#bounds.memory) return;
    this.#others /= 2;
    this.#copies /= 2;
  }

  /** One of its probes was sent by somebody else as well. */
  shares(atNs: number): void {
    this.shared++;
    this.lastNs = Math.max(this.lastNs, atNs);
  }

  /** By so many that it is a copy. */
  copies(): void {
    this.#copies++;
    this.#others = Math.max(0, this.#others - 1);
  }

  seenAmongDecoys(isSeen: boolean, atNs: number): void {
    this.#isSeenAmongDecoys = isSeen;
    if (isSeen) this.lastNs = Math.max(this.lastNs, atNs);
  }

  /** Half of its probes or more were copies: it does nothing that the others do not. What that is worth is used up some time. */
  get isDecoy(): boolean {
    if (this.#totalBefore + this.#total > this.#bounds.sparedProbes) return false;
    return this.#isSeenAmongDecoys || (this.#copies > 0 && this.#copies >= this.#others);
  }
}
