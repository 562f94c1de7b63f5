export type Summary = { readonly median: number; readonly min: number; readonly max: number };

/** Median, and the spread beside it: a mean would follow what else the machine does. */
export function summarise(samples: readonly number[]): Summary {
  return { median: percentile(samples, 50), min: Math.min(...samples), max: Math.max(...samples) };
}

/** The smallest sample that at least `percent` of all samples do not exceed (nearest rank). */
export function percentile(samples: readonly number[], percent: number): number {
  if (samples.length === 0) throw new RangeError('of no samples there is no percentile');
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)]!;
}
