import { Eldest } from '../eldest.ts';

const HOUR_NS = 3600e9;
/** Sixteen times what a host on the Internet sees in an hour. More are as unusual as so many. */
const MAX_PORTS = 16_384;
const MAX_CAUGHT = 65_536;

/** Who was the last to try a port. */
export type Try = {
  readonly key: number;
  readonly source: string;
  /** That of the source, or the source where it has none. */
  readonly network: string;
  readonly atNs: number;
  /** How rare the port was when its hour began, from 0 to 1. */
  readonly rarity: number;
  /** When that was. */
  readonly sinceNs: number;
};

/** Ports that were tried within the last hour, and sources that rules have caught, whose tries do not count. Both are bounded. */
export class Tries {
  /** By port, the one tried longest ago first. */
  readonly #tries = new Map<number, Try>();
  readonly #eldestTry = new Eldest(this.#tries);
  /** Sources that a rule has caught, and when the last time; in that order. */
  readonly #caught = new Map<string, number>();
  readonly #eldestCaught = new Eldest(this.#caught);
  readonly #ended: (what: Try) => void;

  /** `ended` is told of each try that has counted for an hour. */
  constructor(ended: (what: Try) => void) {
    this.#ended = ended;
  }

  /** `rarity` is asked for when the port's hour begins: until that is over it stays what it was. */
  note(what: Omit<Try, 'rarity' | 'sinceNs'>, rarity: () => number): void {
    const { key, source, atNs } = what;
    if (this.#caught.has(source)) return;
    const known = this.#tries.get(key);
    const goesOn = known !== undefined && atNs - known.sinceNs < HOUR_NS;
    if (known && !goesOn) this.#end(known);
    this.#tries.delete(key);
    const worth = goesOn ? known : { rarity: rarity(), sinceNs: atNs };
    this.#tries.set(key, { ...what, rarity: worth.rarity, sinceNs: worth.sinceNs });
    if (this.#tries.size > MAX_PORTS) this.#tries.delete(this.#eldestTry.next());
  }

  catch(source: string, atNs: number): void {
    this.#caught.delete(source);
    this.#caught.set(source, atNs);
    if (this.#caught.size > MAX_CAUGHT) this.#caught.delete(this.#eldestCaught.next());
  }

  /** Those that count, up to that time, the eldest first. */
  *until(untilNs: number): IterableIterator<Try> {
    for (const each of this.#tries.values())
      if (each.atNs <= untilNs && !this.#caught.has(each.source)) yield each;
  }

  /** Sources that rules have caught lately, the latest last. */
  get caught(): (readonly [source: string, atNs: number])[] {
    return [...this.#caught];
  }

  /** What there was before all that is here now. */
  restore(tries: readonly Try[], caught: readonly (readonly [source: string, atNs: number])[]): void {
    const own = { tries: [...this.#tries.values()], caught: this.caught };
    for (const each of [...tries, ...own.tries].slice(-MAX_PORTS)) {
      this.#tries.delete(each.key);
      this.#tries.set(each.key, each);
    }
    for (const [source, atNs] of [...caught, ...own.caught]) this.catch(source, atNs);
  }

  /** Lets go what is from before that time. */
  forgetBefore(sinceNs: number): void {
    for (const [key, each] of this.#tries) {
      if (each.atNs >= sinceNs) break;
      this.#tries.delete(key);
      this.#end(each);
    }
    for (const [source, atNs] of this.#caught) {
      if (atNs >= sinceNs) break;
      this.#caught.delete(source);
    }
  }

  #end(what: Try): void {
    if (!this.#caught.has(what.source)) this.#ended(what);
  }
}
