import type { Probe } from '../../src/detect/probe.ts';
import { Campaign, type Measure } from '../../src/detect/together/campaign.ts';
import { Random } from '../packets/random.ts';

const SYN = new Set(['syn'] as const);
const HOUR_NS = 3600e9;
const PORTS = 65_535;
/** Spreads the ranks over all ports; it has no divisor in common with their number. */
const SPREAD = 40_507;
/** How steeply ports fall behind the favourite ones: in the rank, to this power (Zipf). 0: all ports alike. */
const slopes = { 'favourites, steep': 1.2, 'favourites, flat': 0.8, 'all ports alike': 0 } as const;
/** Probes an hour, and for how many days: what a minute of computing allows. */
const rates = [
  [100, 60],
  [1000, 10],
  [10_000, 2],
] as const;
const options = { ports: 30, rarePorts: 10, learnHours: 6 };

/** Nothing but noise: each probe of a source of its own, at random moments, to a port that is drawn anew. */
export type Background = {
  readonly noise: string;
  readonly perHour: number;
  readonly days: number;
  /** Alerts of campaigns that there were none of. */
  readonly alarms: number;
  readonly all: Measure;
  readonly rare: Measure;
  /** Ports out of all within an hour, each of another source, that it takes on top of the noise. */
  readonly needed: number;
};

export const backgrounds = (): Background[] =>
  Object.entries(slopes).flatMap(([noise, slope]) =>
    rates.map(([perHour, days]) => {
      const random = new Random(perHour + Math.round(slope * 10));
      const [campaign, draw] = [new Campaign(options), portsLike(slope, random)];
      const [nowNs, alarms] = live(campaign, perHour, days, draw, random);
      const [all, rare] = [campaign.all, campaign.rare];
      return { noise, perHour, days, alarms, all, rare, needed: ports(campaign, nowNs, random) };
    }),
  );

function live(
  campaign: Campaign,
  perHour: number,
  days: number,
  draw: () => number,
  random: Random,
): [nowNs: number, alarms: number] {
  let [nowNs, alarms] = [0, 0];
  for (let count = 0; nowNs < days * 24 * HOUR_NS; count++) {
    nowNs += (-Math.log(1 - fraction(random)) * HOUR_NS) / perHour;
    if (campaign.due(nowNs)) alarms++;
    campaign.observe(probe(`${count}`, draw(), nowNs), `${count}`);
  }
  return [nowNs, alarms];
}

/** How many more than there are it takes until one of the two limits is reached. */
function ports(campaign: Campaign, nowNs: number, random: Random): number {
  const { all, rare } = campaign;
  const before = { all: all.count, rare: rare.count };
  const tried = 500;
  const fresh = new Set<number>();
  while (fresh.size < tried) fresh.add(1 + random.below(PORTS));
  for (const port of fresh) campaign.observe(probe(`c${port}`, port, nowNs), `c${port}`);
  campaign.due(nowNs + 61e9);
  const worth = (campaign.rare.count - before.rare) / tried;
  const added = (campaign.all.count - before.all) / tried;
  return Math.ceil(Math.min((all.limit - all.usual) / added, (rare.limit - rare.usual) / worth));
}

const probe = (source: string, port: number, atNs: number): Probe => ({
  ...{ source, port, atNs, destination: '198.51.100.1' },
  protocol: 'tcp',
  kind: 'syn',
  ...{ firstNs: atNs, total: 1, kinds: SYN, portCount: 1, traits: undefined },
});

const fraction = (random: Random): number => (random.u32() >>> 0) / 2 ** 32;

/** Draws ports, the one of rank r as often as r to the power of -slope. */
function portsLike(slope: number, random: Random): () => number {
  const upTo = new Float64Array(PORTS);
  let sum = 0;
  for (let rank = 0; rank < PORTS; rank++) {
    sum += (rank + 1) ** -slope;
    upTo[rank] = sum;
  }
  return () => {
    const wanted = fraction(random) * sum;
    let [low, high] = [0, PORTS - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return 1 + ((low * SPREAD) % PORTS);
  };
}
