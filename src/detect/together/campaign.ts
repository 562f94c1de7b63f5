import { portKey } from '../port-key.ts';
import type { Probe } from '../probe.ts';
import { type PortTries, Rarity } from './rarity.ts';
import { Tries, type Try } from './tries.ts';
import { type Sample, Usual } from './usual.ts';

const MINUTE_NS = 60e9;
const HOUR_NS = 60 * MINUTE_NS;
const DAY_NS = 24 * HOUR_NS;
const MAX_NAMED = 256;
/** Caught sources that are remembered beyond a restart. */
const MAX_CAUGHT_KEPT = 8192;
const MAX_NETWORKS = 5;
/** Of the rare ports of one network so many count: whoever tries more is for the rules about sources and networks. */
const RARE_EACH = 2;
/** From this rarity on a port is called rare: it was tried twice before, at most. */
const RARE = 1 / 3;

export type CampaignOptions = {
  /** Distinct ports in an hour, above what is usual, that make a campaign. */
  readonly ports: number;
  /** The same of ports by how rare they are: one that nobody has ever tried counts 1. */
  readonly rarePorts: number;
  /** Hours to learn from before anything is called one. */
  readonly learnHours: number;
};

/** How much of something there was within the last hour, and from how much on that is a campaign. */
export type Measure = { readonly count: number; readonly usual: number; readonly limit: number };

/** More ports than usual were tried in an hour, by sources that have nothing else in common. */
export type CampaignAlert = {
  readonly atNs: number;
  /** Distinct (protocol, port) pairs in the hour before, and how many would be usual. */
  readonly ports: number;
  readonly usual: number;
  /** The same, each by how rare it is: one that nobody has ever tried counts 1, one that was tried before in so many hours the less. */
  readonly rarePorts: number;
  readonly usualRare: number;
  /** Sources that were the last to try one of them, but for those that were caught, and the latest of these by name; of rare ones, when only these are too many. */
  readonly sourceCount: number;
  readonly sources: readonly string[];
  /** Those with the most ports. */
  readonly networks: readonly {
    readonly network: string;
    readonly ports: number;
    readonly sources: number;
  }[];
};

/** All that is known, to go on with after a restart. */
export type CampaignMemory = {
  readonly usual: { readonly all: readonly Sample[]; readonly rare: readonly Sample[] };
  readonly ports: PortTries;
  readonly tries: readonly Try[];
  readonly caught: readonly (readonly [source: string, atNs: number])[];
  readonly hourNs: number;
  readonly told: { readonly atNs: number; readonly sources: number };
  readonly unusualNs: number;
};

/**
 * Looks at all sources together that no rule has caught: how many ports they try in an hour, and how rare these are, and whether that is more
 * than usual. It counts once a minute, tells once an hour, or when there are twice as many sources, and remembers so many ports and sources at
 * most, so that a flood of forged sources makes it neither dear nor chatty.
 */
export class Campaign {
  #options: CampaignOptions;
  #usual = { all: new Usual(), rare: new Usual() };
  /** Whose hour is over was tried, so that the port is less rare; if that was nothing unusual. */
  readonly #tries = new Tries(({ key, atNs }) => {
    if (atNs > this.#unusualNs) this.#rarity.learn(key, atNs);
  });
  readonly #rarity = new Rarity();
  /** When it begins to count the next time, and when an hour to learn from is over. */
  #lookNs = Number.NEGATIVE_INFINITY;
  #hourNs: number | undefined;
  /** What was told last, and how many sources that were. */
  #told = { atNs: Number.NEGATIVE_INFINITY, sources: 0 };
  /** What was tried up to then was a campaign, of which nobody is to learn that its ports are not rare. */
  #unusualNs = Number.NEGATIVE_INFINITY;
  #counted = { all: 0, rare: 0 };

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  /** Goes by other options from now on. What was learned stays. */
  renew(options: CampaignOptions): void {
    this.#options = options;
  }

  /** A probe of a source that no rule catches with it. */
  observe(probe: Probe, network: string): void {
    const { source, atNs } = probe;
    const key = portKey(probe);
    this.#tries.note({ key, source, network, atNs }, () => this.#rarity.of(key, atNs));
  }

  /** A rule has caught the source: what it has tried, and will within an hour, is known and does not count. */
  catch(source: string, atNs: number): void {
    this.#tries.catch(source, atNs);
  }

  /** To be asked as time goes by, before the probe of that moment; looks once a minute. */
  due(nowNs: number): CampaignAlert | undefined {
    if (nowNs < this.#lookNs) return undefined;
    this.#lookNs = nowNs + MINUTE_NS;
    this.#hourNs ??= nowNs + HOUR_NS;
    this.#hourNs = Math.max(this.#hourNs, nowNs - DAY_NS); // what is longer ago is forgotten anyway
    for (; this.#hourNs <= nowNs; this.#hourNs += HOUR_NS) {
      this.#tries.forgetBefore(this.#hourNs - HOUR_NS);
      const { all, rare } = sumsOf(this.#tries.until(this.#hourNs));
      this.#usual.all.learn(all);
      this.#usual.rare.learn(rare);
    }
    this.#tries.forgetBefore(nowNs - HOUR_NS);
    const { all, rare } = sumsOf(this.#tries.until(nowNs));
    this.#counted = { all: all.sum, rare: rare.sum };
    const isTooMany = this.all.count >= this.all.limit;
    const isUnusual = isTooMany || this.rare.count >= this.rare.limit;
    if (!isUnusual || this.#usual.all.samples.length < this.#options.learnHours) return undefined;
    this.#unusualNs = nowNs;
    const alert = this.#alert(nowNs, isTooMany);
    const isQuiet = nowNs - this.#told.atNs < HOUR_NS;
    if (isQuiet && alert.sourceCount < 2 * this.#told.sources) return undefined;
    this.#told = { atNs: isQuiet ? this.#told.atNs : nowNs, sources: alert.sourceCount };
    return alert;
  }

  /** Distinct ports of the last hour, as counted last. */
  get all(): Measure {
    return measureOf(this.#counted.all, this.#usual.all, this.#options.ports);
  }

  /** The same by how rare they are. */
  get rare(): Measure {
    return measureOf(this.#counted.rare, this.#usual.rare, this.#options.rarePorts);
  }

  /** Undefined: there is nothing yet. */
  memory(nowNs: number): CampaignMemory | undefined {
    if (this.#hourNs === undefined) return undefined;
    return {
      usual: { all: this.#usual.all.samples, rare: this.#usual.rare.samples },
      ports: this.#rarity.known(nowNs),
      tries: [...this.#tries.known(nowNs)],
      caught: this.#tries.caught.slice(-MAX_CAUGHT_KEPT),
      hourNs: this.#hourNs,
      told: this.#told,
      unusualNs: this.#unusualNs,
    };
  }

  /** Goes on from what was known earlier. Hours in which nobody looked are none that anything is learned from. */
  restore(memory: CampaignMemory, nowNs: number): void {
    const { usual, hourNs, told } = memory;
    this.#usual = {
      all: new Usual([...usual.all, ...this.#usual.all.samples]),
      rare: new Usual([...usual.rare, ...this.#usual.rare.samples]),
    };
    this.#unusualNs = Math.max(this.#unusualNs, Math.min(nowNs, memory.unusualNs));
    this.#rarity.add(memory.ports, nowNs);
    this.#tries.restore(memory, nowNs, (key, atNs) => this.#rarity.of(key, atNs));
    if (hourNs > nowNs && hourNs <= nowNs + HOUR_NS) this.#hourNs = hourNs;
    if (told.atNs > this.#told.atNs && told.atNs <= nowNs) this.#told = told;
  }

  #alert(nowNs: number, isTooMany: boolean): CampaignAlert {
    const sources = new Set<string>();
    const networks = new Map<string, { ports: number; sources: Set<string> }>();
    for (const { source, network, rarity } of this.#tries.until(nowNs)) {
      if (!isTooMany && rarity < RARE) continue;
      sources.delete(source);
      sources.add(source);
      const its = networks.get(network) ?? { ports: 0, sources: new Set() };
      its.ports++;
      its.sources.add(source);
      networks.set(network, its);
    }
    const busiest = [...networks].sort(([, a], [, b]) => b.ports - a.ports).slice(0, MAX_NETWORKS);
    return {
      atNs: nowNs,
      ports: this.all.count,
      usual: Math.round(this.all.usual),
      rarePorts: Math.round(this.rare.count),
      usualRare: Math.round(this.rare.usual),
      sourceCount: sources.size,
      sources: [...sources].slice(-MAX_NAMED),
      networks: busiest.map(([network, its]) => ({
        network,
        ports: its.ports,
        sources: its.sources.size,
      })),
    };
  }
}

const measureOf = (count: number, usual: Usual, least: number): Measure => ({
  count,
  usual: usual.median,
  limit: Math.ceil(usual.median + Math.max(least, usual.spread)),
});

/** How many ports there are, and how many by how rare they are, of each network the rarest. */
function sumsOf(tries: Iterable<Try>): { readonly all: Sample; readonly rare: Sample } {
  let count = 0;
  const byNetwork = new Map<string, number[]>();
  for (const { network, rarity } of tries) {
    count++;
    const rarest = [...(byNetwork.get(network) ?? []), rarity].sort((a, b) => b - a);
    byNetwork.set(network, rarest.slice(0, RARE_EACH));
  }
  const rare = { sum: 0, variance: 0 };
  for (const rarity of [...byNetwork.values()].flat()) {
    rare.sum += rarity;
    rare.variance += rarity ** 2;
  }
  return { all: { sum: count, variance: count }, rare }; // of events that are independent the variance is their number (Poisson)
}
