/** Cumulative buckets of a Prometheus histogram, by upper bound. */
export type Histogram = readonly { readonly upTo: number; readonly count: number }[];

export function parseHistogram(metrics: string, name: string): Histogram {
  const line = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\d+)$`, 'gm');
  return [...metrics.matchAll(line)].map(([, upTo, count]) => ({
    upTo: upTo === '+Inf' ? Number.POSITIVE_INFINITY : Number(upTo),
    count: Number(count),
  }));
}

export type Bound = {
  readonly value: number;
  /** What is bounded is greater than the value; otherwise it is no greater. */
  readonly isBeyond: boolean;
};

/** The upper bound of the bucket that the percentile lies in; of the last bucket, which has none, the lower one. */
export function percentileBound(histogram: Histogram, percent: number): Bound {
  const total = histogram.at(-1)?.count ?? 0;
  if (total === 0) throw new RangeError('of nothing there is no percentile');
  const index = histogram.findIndex(({ count }) => count >= (percent / 100) * total);
  const { upTo } = histogram[index]!;
  if (upTo !== Number.POSITIVE_INFINITY) return { value: upTo, isBeyond: false };
  return { value: histogram[index - 1]?.upTo ?? 0, isBeyond: true };
}
