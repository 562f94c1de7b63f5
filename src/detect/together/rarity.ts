import { protocols } from '../probe.ts';

const HOUR_NS = 3600e9;
/** A try of so long ago counts half: a month. */
const HALF_LIFE_HOURS = 30 * 24;
/** Every port of every protocol, by portKey(). */
const PORTS = protocols.length << 16;
/** Less than this of a try is forgotten: it was four months ago. */
const LEAST = 1 / 16;

/** Ports by portKey(), and in how many hours each of them was tried: two columns, for there may be all ports. */
export type PortTries = { readonly keys: Uint32Array; readonly tries: Float32Array };

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
  known(nowNs: number): PortTries {
    const hour = this.#hourAt(nowNs);
    const keys = new Uint32Array(PORTS);
    const tries = new Float32Array(PORTS);
    let count = 0;
    for (let key = 0; key < PORTS; key++) {
      const its = this.#triesAt(key, hour);
      if (its < LEAST) continue;
      keys[count] = key;
      tries[count++] = its;
    }
    return { keys: keys.slice(0, count), tries: tries.slice(0, count) };
  }

  /** Adds what was known at an earlier time. While nobody looked, nothing became rarer. */
  add({ keys, tries }: PortTries, nowNs: number): void {
    const hour = this.#hourAt(nowNs);
    for (const [at, key] of keys.entries()) {
      if (key >= PORTS) continue;
      this.#tries[key] = tries[at]! + this.#triesAt(key, hour);
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
