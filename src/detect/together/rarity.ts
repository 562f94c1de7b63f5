import { protocols } from '../probe.ts';

const HOUR_NS = 3600e9;
/** A try of so long ago counts half: a month. */
const HALF_LIFE_HOURS = 30 * 24;
/** Every port of every protocol, by portKey(). */
const PORTS = protocols.length << 16;
/** Less than this of a try is forgotten: it was four months ago. */
const LEAST = 1 / 16;

/** A port, and in how many hours it was tried. */
export type PortTries = readonly [key: number, tries: number];

/**
 * How often each port was tried before, and so how rare it is that somebody does. What comes from everywhere goes to the same ports again and
 * again; whoever goes through a list of ports comes to many that nobody else tries. It takes 2.6 MB, whatever comes.
 */
export class Rarity {
  /** In how many hours it was tried, as of the hour that stands in `#hours`. */
  readonly #tries = new Float32Array(PORTS);
  readonly #hours = new Uint32Array(PORTS);
  #startNs: number | undefined;

  /** 1 for a port that was never tried before, 1/2 after one time, 1/3 after two: an estimate of how long it takes until somebody does. */
  of(key: number, nowNs: number): number {
    return 1 / (1 + this.#triesAt(key, this.#hourAt(nowNs)));
  }

  /** It was tried in an hour, however often. */
  learn(key: number, atNs: number): void {
    const hour = this.#hourAt(atNs);
    this.#tries[key] = 1 + this.#triesAt(key, hour);
    this.#hours[key] = hour;
  }

  /** Those that are known; of a port that was tried long ago nothing is. */
  *known(nowNs: number): IterableIterator<PortTries> {
    const hour = this.#hourAt(nowNs);
    for (const key of this.#tries.keys()) {
      const tries = this.#triesAt(key, hour);
      if (tries >= LEAST) yield [key, tries];
    }
  }

  /** Adds what was known at an earlier time. While nobody looked, nothing became rarer. */
  add(known: Iterable<PortTries>, nowNs: number): void {
    const hour = this.#hourAt(nowNs);
    for (const [key, tries] of known) {
      if (key >= PORTS) continue;
      this.#tries[key] = tries + this.#triesAt(key, hour);
      this.#hours[key] = hour;
    }
  }

  #triesAt(key: number, hour: number): number {
    const tries = this.#tries[key]!;
    return tries === 0 ? 0 : tries * 2 ** ((this.#hours[key]! - hour) / HALF_LIFE_HOURS);
  }

  #hourAt(nowNs: number): number {
    this.#startNs ??= nowNs;
    return Math.max(0, Math.floor((nowNs - this.#startNs) / HOUR_NS));
  }
}
