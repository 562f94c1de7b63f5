/** A day: what is usual at night is not what is usual at noon. */
const MAX_SAMPLES = 24;
/** Of numbers with a normal distribution, the median of the distances from the median times this is the standard deviation. */
const NORMAL = 1.4826;
/** Beyond so many standard deviations a number is not usual any more: of normal ones, 1 in 30,000. */
const DEVIATIONS = 4;

/**
 * What is usual in an hour, learned from the last 24: their median. One loud hour does not move it, nor do eleven; what has gone on for
 * half a day is usual.
 */
export class Usual {
  readonly #samples: number[] = [];

  learn(count: number): void {
    this.#samples.push(count);
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** Hours that were learned from. */
  get hours(): number {
    return this.#samples.length;
  }

  get median(): number {
    return medianOf(this.#samples);
  }

  /**
   * How far from the median a number may be by chance: what independent events do by themselves (Poisson), or what the hours have shown,
   * whichever is more.
   */
  get spread(): number {
    const { median } = this;
    const shown = NORMAL * medianOf(this.#samples.map((sample) => Math.abs(sample - median)));
    return DEVIATIONS * Math.max(Math.sqrt(median), shown);
  }
}

/** Of nothing it is 0. */
function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
