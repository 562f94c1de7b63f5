/** Cumulative buckets of a Prometheus histogram, by upper bound. */
export type Histogram = readonly { readonly upTo: number; readonly count: number }[];

export function parseHistogram(metrics: string, name: string): Histogram {
  const line = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\d+)$`, 'gm');
  return [...metrics.matchAll(line)].map(([, upTo, count]) => ({
    upTo: upTo === '+Inf' ? Number.POSITIVE_INFINITY : Number(upTo),
    count: Number(count),
  }));
}

/** The upper bound of the bucket that the percentile lies in: it is no greater than this. */
export function percentileBound(histogram: Histogram, percent: number): number {
  const total = histogram.at(-1)?.count ?? 0;
  if (total === 0) throw new RangeError('of nothing there is no percentile');
  return histogram.find(({ count }) => count >= (percent / 100) * total)!.upTo;
}
