/** Of a normal distribution, 95 % lie within so many standard deviations. */
const Z = 1.959_963_984_540_054;

/** The share of the trials that were hits, with its 95 % interval; of no trials nothing is known. */
export type Share = {
  readonly hits: number;
  readonly trials: number;
  readonly low: number;
  readonly high: number;
};

/** Wilson's score interval (JASA 22, 1927): holds for few trials, and for shares near 0 and 1. */
export function shareOf(hits: number, trials: number): Share {
  if (trials === 0) return { hits, trials, low: 0, high: 1 };
  const share = hits / trials;
  const square = Z * Z;
  const centre = share + square / (2 * trials);
  const spread = Z * Math.sqrt((share * (1 - share)) / trials + square / (4 * trials * trials));
  const scale = 1 + square / trials;
  return {
    hits,
    trials,
    low: Math.max(0, (centre - spread) / scale),
    high: Math.min(1, (centre + spread) / scale),
  };
}

/** `36/38, 83-99 %` */
export const shareText = ({ hits, trials, low, high }: Share): string =>
  trials === 0 ? 'none' : `${hits}/${trials}, ${Math.round(100 * low)}-${Math.round(100 * high)} %`;
