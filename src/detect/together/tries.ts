import { Eldest } from '../../values/eldest.ts';

const HOUR_NS = 3600e9;
/** Sixteen times what a host on the Internet sees in an hour. More are as unusual as so many. */
const MAX_PORTS = 16_384;
const MAX_CAUGHT = 65_536;

/** Who has tried a port, and when. */
type Trier = {
  readonly source: string;
  /** That of the source, or the source where it has none. */
  readonly network: string;
  readonly atNs: number;
};

/** How rare a port was when its hour began, from 0 to 1, and when that was. */
type Worth = { readonly rarity: number; readonly sinceNs: number };

/** Who has tried which port, and what that is worth. */
export type Try = Trier & Worth & { readonly key: number };

/** A source that a rule has caught, and when. */
type Catch = readonly [source: string, atNs: number];

/**
 * Two of those who have tried a port, the last and the first before him: were it one, a packet in a name that is then thrown away would hide
 * whoever has tried it before.
 */
type Tried = Worth & { readonly first: Trier; readonly latest: Trier };

/** Ports that were tried within the last hour, and sources that rules have caught, whose tries do not count. Both are bounded. */
export class Tries {
  /** By port, the one tried longest ago first. */
  readonly #ports = new Map<number, Tried>();
  readonly #eldestPort = new Eldest(this.#ports);
  /** Sources that a rule has caught, and when the last time; in that order. */
  readonly #caught = new Map<string, number>();
  readonly #eldestCaught = new Eldest(this.#caught);
  readonly #ended: (what: Pick<Try, 'key' | 'atNs'>) => void;

  /** `ended` is told of each port that has counted for an hour. */
  constructor(ended: (what: Pick<Try, 'key' | 'atNs'>) => void) {
    this.#ended = ended;
  }

  /** `rarity` is asked for when the port's hour begins: until that is over it stays what it was. */
  note(what: Omit<Try, keyof Worth>, rarity: () => number): void {
    this.#put({ ...what, sinceNs: what.atNs }, rarity);
  }

  catch(source: string, atNs: number): void {
    this.#caught.delete(source);
    this.#caught.set(source, atNs);
    if (this.#caught.size > MAX_CAUGHT) this.#caught.delete(this.#eldestCaught.next());
  }

  /** Of each port the latest try that counts, up to that time. The port that was tried longest ago is the first. */
  *until(untilNs: number): IterableIterator<Try> {
    for (const [key, { first, latest, ...worth }] of this.#ports) {
      const trier = [latest, first].find((one) => this.#counts(one, untilNs));
      if (trier) yield { key, ...trier, ...worth };
    }
  }

  /** All that is remembered and counts at that time: of some ports there are two, the earlier one first. */
  *known(nowNs: number): IterableIterator<Try> {
    for (const [key, { first, latest, ...worth }] of this.#ports)
      for (const trier of new Set([first, latest]))
        if (this.#counts(trier, nowNs)) yield { key, ...trier, ...worth };
  }

  /** Sources that rules have caught lately, the latest last. */
  get caught(): Catch[] {
    return [...this.#caught];
  }

  /** What there was before all that is here now. `rarityOf`: what this is worth, of which nobody could know it. */
  restore(
    earlier: { readonly tries: readonly Try[]; readonly caught: readonly Catch[] },
    nowNs: number,
    rarityOf: (key: number, atNs: number) => number,
  ): void {
    const own = { tries: [...this.known(nowNs)], caught: this.caught };
    this.#ports.clear();
    for (const [source, atNs] of [...earlier.caught, ...own.caught]) this.catch(source, atNs);
    for (const each of earlier.tries) this.#put(each, () => each.rarity);
    for (const each of own.tries) this.#put(each, () => rarityOf(each.key, each.sinceNs));
  }

  /** Lets go what is from before that time. */
  forgetBefore(sinceNs: number): void {
    for (const [key, tried] of this.#ports) {
      if (tried.latest.atNs >= sinceNs) break;
      this.#ports.delete(key);
      this.#end(key, tried);
    }
    for (const [source, atNs] of this.#caught) {
      if (atNs >= sinceNs) break;
      this.#caught.delete(source);
    }
  }

  #put({ key, source, network, atNs, sinceNs }: Omit<Try, 'rarity'>, rarity: () => number): void {
    if (this.#caught.has(source)) return;
    const known = this.#ports.get(key);
    const goesOn = known !== undefined && atNs - known.sinceNs < HOUR_NS;
    if (known && !goesOn) this.#end(key, known);
    const latest = { source, network, atNs };
    const before = known && [known.first, known.latest].find((one) => this.#counts(one, atNs));
    const worth = goesOn ? known : { rarity: rarity(), sinceNs };
    this.#ports.delete(key);
    this.#ports.set(key, { rarity: worth.rarity, sinceNs: worth.sinceNs, first: before ?? latest, latest });
    if (this.#ports.size > MAX_PORTS) this.#ports.delete(this.#eldestPort.next());
  }

  /** Within the hour before, and no rule has caught him. */
  #counts({ source, atNs }: Trier, nowNs: number): boolean {
    return atNs <= nowNs && atNs >= nowNs - HOUR_NS && !this.#caught.has(source);
  }

  #end(key: number, { first, latest }: Tried): void {
    const trier = [latest, first].find(({ source }) => !this.#caught.has(source));
    if (trier) this.#ended({ key, atNs: trier.atNs });
  }
}
