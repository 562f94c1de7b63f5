/** A day: what is usual at night is not what is usual at noon. */
const MAX_SAMPLES = 24;
/** Of numbers with a normal distribution, the median of the distances from the median times this is the standard deviation. */
const NORMAL = 1.4826;
/** A number that lies further above what is usual is none that chance brings about: once in 3,000 hours at most. */
const SURPRISE = 8; // as a natural logarithm; 4 standard deviations squared and halved

/** What an hour came to, and how far that is from what it is on average by chance (its variance). */
export type Sample = { readonly sum: number; readonly variance: number };

/**
 * What is usual in an hour, learned from the last 24: their median. One loud hour does not move it, nor do eleven; what has gone on for
 * half a day is usual.
 */
export class Usual {
  readonly #samples: Sample[];

  constructor(samples: readonly Sample[] = []) {
    this.#samples = samples.slice(-MAX_SAMPLES);
  }

  learn(sample: Sample): void {
    this.#samples.push(sample);
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** The hours that were learned from, the latest last. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  get median(): number {
    return medianOf(this.#samples.map(({ sum }) => sum));
  }

  /**
   * How far above the median a sum of independent terms, none greater than 1, may be by chance (Bernstein's inequality): with the variance
   * that they have by themselves, or that the hours have shown, whichever is more. For large ones it is four standard deviations.
   */
  get spread(): number {
    const { median } = this;
    const shown = NORMAL * medianOf(this.#samples.map(({ sum }) => Math.abs(sum - median)));
    const variance = Math.max(medianOf(this.#samples.map((sample) => sample.variance)), shown ** 2);
    return SURPRISE / 3 + Math.sqrt((SURPRISE / 3) ** 2 + 2 * SURPRISE * variance);
  }
}

/** Of nothing it is 0. */
function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
