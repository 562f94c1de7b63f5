import { Eldest } from '../eldest.ts';
import { portKey } from '../port-key.ts';
import type { Probe } from '../probe.ts';
import { Usual } from './usual.ts';

const MINUTE_NS = 60e9;
const HOUR_NS = 60 * MINUTE_NS;
const DAY_NS = 24 * HOUR_NS;
/** Sixteen times what a host on the Internet sees in an hour. More are as unusual as so many. */
const MAX_PORTS = 16_384;
const MAX_CAUGHT = 65_536;
const MAX_NAMED = 256;
const MAX_NETWORKS = 5;

export type CampaignOptions = {
  /** Distinct ports in an hour, above what is usual, that make a campaign. */
  readonly ports: number;
  /** Hours to learn from before anything is called one. */
  readonly learnHours: number;
};

/** More ports than usual were tried in an hour, by sources that have nothing else in common. */
export type CampaignAlert = {
  readonly atNs: number;
  /** Distinct (protocol, port) pairs in the hour before, and how many would be usual. */
  readonly ports: number;
  readonly usual: number;
  /** Sources that were the last to try one of them, and the latest of these by name. */
  readonly sourceCount: number;
  readonly sources: readonly string[];
  /** Those with the most ports. */
  readonly networks: readonly {
    readonly network: string;
    readonly ports: number;
    readonly sources: number;
  }[];
};

/** Who was the last to try a port. */
type Try = { readonly source: string; readonly network: string; readonly atNs: number };

/**
 * Looks at all sources together that no rule has caught: how many ports they try in an hour, and whether that is more than usual. It counts
 * once a minute, tells once an hour, and remembers so many ports and sources at most, so that a flood of forged sources makes it
 * neither dear nor chatty.
 */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #usual = new Usual();
  /** By port, the one tried longest ago first. */
  readonly #tries = new Map<number, Try>();
  readonly #eldestTry = new Eldest(this.#tries);
  /** Sources that a rule has caught, and when the last time; in that order. */
  readonly #caught = new Map<string, number>();
  readonly #eldestCaught = new Eldest(this.#caught);
  /** When it begins to count the next time, and when an hour to learn from is over. */
  #lookNs = Number.NEGATIVE_INFINITY;
  #hourNs: number | undefined;
  #quietUntilNs = Number.NEGATIVE_INFINITY;
  #ports = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  /** A probe of a source that no rule catches with it. */
  observe(probe: Probe, network: string): void {
    const { source, atNs } = probe;
    if (this.#caught.has(source)) return;
    const key = portKey(probe);
    this.#tries.delete(key);
    this.#tries.set(key, { source, network, atNs });
    if (this.#tries.size > MAX_PORTS) this.#tries.delete(this.#eldestTry.next());
  }

  /** A rule has caught the source: what it has tried, and will within an hour, is known and does not count. */
  catch(source: string, atNs: number): void {
    this.#caught.delete(source);
    this.#caught.set(source, atNs);
    if (this.#caught.size > MAX_CAUGHT) this.#caught.delete(this.#eldestCaught.next());
  }

  /** To be asked as time goes by, before the probe of that moment; looks once a minute. */
  due(nowNs: number): CampaignAlert | undefined {
    if (nowNs < this.#lookNs) return undefined;
    this.#lookNs = nowNs + MINUTE_NS;
    this.#hourNs ??= nowNs + HOUR_NS;
    this.#hourNs = Math.max(this.#hourNs, nowNs - DAY_NS); // what is longer ago is forgotten anyway
    for (; this.#hourNs <= nowNs; this.#hourNs += HOUR_NS) {
      this.#forgetBefore(this.#hourNs - HOUR_NS);
      this.#usual.learn(this.#countUntil(this.#hourNs));
    }
    this.#forgetBefore(nowNs - HOUR_NS);
    this.#ports = this.#countUntil(nowNs);
    const isUnusual = this.#usual.hours >= this.#options.learnHours && this.#ports >= this.limit;
    if (!isUnusual || nowNs < this.#quietUntilNs) return undefined;
    this.#quietUntilNs = nowNs + HOUR_NS;
    return this.#alert(nowNs);
  }

  /** Distinct ports of the last hour, as counted last. */
  get ports(): number {
    return this.#ports;
  }

  /** Ports in an hour from which on it is a campaign. */
  get limit(): number {
    return Math.ceil(this.#usual.median + Math.max(this.#options.ports, this.#usual.spread));
  }

  #countUntil(untilNs: number): number {
    let count = 0;
    for (const { source, atNs } of this.#tries.values())
      if (atNs <= untilNs && !this.#caught.has(source)) count++;
    return count;
  }

  #forgetBefore(sinceNs: number): void {
    for (const [key, { atNs }] of this.#tries) {
      if (atNs >= sinceNs) break;
      this.#tries.delete(key);
    }
    for (const [source, atNs] of this.#caught) {
      if (atNs >= sinceNs) break;
      this.#caught.delete(source);
    }
  }

  #alert(nowNs: number): CampaignAlert {
    const sources = new Set<string>();
    const networks = new Map<string, { ports: number; sources: Set<string> }>();
    for (const { source, network } of this.#tries.values()) {
      if (this.#caught.has(source)) continue;
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
      ports: this.#ports,
      usual: Math.round(this.#usual.median),
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
