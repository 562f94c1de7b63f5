import type { Missing, Outcome, Result } from './result.ts';
import { type Summary, summarise } from './statistics.ts';
import { NotAvailable } from './tools/tool.ts';

/** Gathers the rows of a part. */
export class Collection implements Outcome {
  readonly results: Result[] = [];
  readonly missing: Missing[] = [];

  add(row: Omit<Result, keyof Summary | 'samples'>, samples: readonly number[]): void {
    this.results.push({ ...row, ...summarise(samples), samples });
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
