/** So many of the latest probes decide: then what was before counts half. */
const MEMORY = 16;

/** A source of which a probe was sent in the names of others, too: it hides among decoys, or is one. */
export class Suspect<Set = unknown> {
  readonly source: string;
  /** The set that it belongs to. */
  set: Set | undefined;
  /** Copies that it has sent, all of them. */
  shared = 0;
  lastNs = 0;
  #copies = 0;
  #others: number;

  /** `before`: probes that it has sent before the first that turned out to be a copy. */
  constructor(source: string, before: number) {
    this.source = source;
    this.#others = Math.min(before, MEMORY);
  }

  /** It has sent a probe. Whether that is a copy shows when the others come. */
  sends(): void {
    this.#others++;
    if (this.#others + this.#copies <= MEMORY) return;
    this.#others /= 2;
    this.#copies /= 2;
  }

  /** One of its probes turns out to be a copy. */
  copies(atNs: number): void {
    this.shared++;
    this.#copies++;
    this.#others = Math.max(0, this.#others - 1);
    this.lastNs = Math.max(this.lastNs, atNs);
  }

  /** Half of its probes or more were copies: it does nothing that the others do not. */
  get isDecoy(): boolean {
    return this.#copies > 0 && this.#copies >= this.#others;
  }
}
