export type Summary = { readonly median: number; readonly min: number; readonly max: number };

/** Median, and the spread beside it: a mean of all would follow what else the machine does. */
export function summarise(samples: readonly number[]): Summary {
  return { median: medianOf(samples), min: Math.min(...samples), max: Math.max(...samples) };
}

/** Of an even number, half way between the two in the middle. */
function medianOf(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** The smallest sample that at least `percent` of all samples do not exceed (nearest rank). */
export function percentile(samples: readonly number[], percent: number): number {
  if (samples.length === 0) throw new RangeError('of no samples there is no percentile');
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)]!;
}
