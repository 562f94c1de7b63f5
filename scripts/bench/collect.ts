import type { Bound } from './histogram.ts';
import type { Missing, Outcome, Result } from './result.ts';
import { type Summary, summarise } from './statistics.ts';
import { NotAvailable } from './tools/tool.ts';

/** Gathers the rows of a part. */
export class Collection implements Outcome {
  readonly results: Result[] = [];
  readonly missing: Missing[] = [];

  add(row: Omit<Result, keyof Summary | 'samples'>, samples: readonly number[]): void {
    const isFigure = samples.length > 0 && samples.every(Number.isFinite);
    if (!isFigure)
      throw new Error(`${row.tool}, ${row.what}: ${samples.join(', ') || 'nothing'} is no figure`);
    this.results.push({ ...row, ...summarise(samples), samples });
  }

  /** What lies in a bucket of a histogram, `scale` times that. */
  addBound(row: Omit<Result, keyof Summary | 'samples' | 'isBeyond'>, bound: Bound, scale: number): void {
    this.add({ ...row, ...(bound.isBeyond && { isBeyond: true }) }, [bound.value * scale]);
  }

  /** What is not available becomes a missing row; every other failure is one. */
  async attempt(row: Omit<Missing, 'why'>, measure: () => Promise<void>): Promise<void> {
    try {
      await measure();
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error;
      this.missing.push({ ...row, why: error.message });
    }
  }
}
