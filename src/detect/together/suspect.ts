import type { DecoyBounds } from './decoy-bounds.ts';

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
  #total: number;
  /** The data plane, which sees every probe, has said so of its latest. */
  #isSeenAmongDecoys = false;

  /** `before`: probes that it has sent before the first that turned out to be in common with others. */
  constructor(source: string, before: number, bounds: DecoyBounds) {
    this.source = source;
    this.#bounds = bounds;
    this.#others = Math.min(before, bounds.memory);
    this.#total = before + 1;
  }

  /** It has sent a probe, its `total`-th. Whether that is a copy shows when the others come. */
  sends(total: number): void {
    this.#total = Math.max(this.#total, total);
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
    if (this.#total > this.#bounds.sparedProbes) return false;
    return this.#isSeenAmongDecoys || (this.#copies > 0 && this.#copies >= this.#others);
  }
}
