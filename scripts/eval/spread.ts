import { percentile } from '../bench/statistics.ts';

/** Of few figures the 95th percentile is the greatest. */
export type Spread = {
  readonly n: number;
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
};

/** Undefined: of no figures. */
export const spreadOf = (figures: readonly number[]): Spread | undefined =>
  figures.length === 0
    ? undefined
    : {
        n: figures.length,
        median: percentile(figures, 50),
        p95: percentile(figures, 95),
        worst: Math.max(...figures),
      };
