import { Eldest } from '../../values/eldest.ts';

/** What is known of one member: how many keys it has contributed, and how many of these nobody else has. */
type Part = { keys: number; own: number };

/** Who has contributed a key: how many, and the sum of their numbers, which is the number of the last one when only he is left. */
type Owners = { count: number; sum: number };

/** Keys are below 2^32, and numbers of members small: both together are one exact number. */
const KEYS = 2 ** 32;

/**
 * Keys that members of a network have contributed lately, and how many would be left without whoever has contributed the most by himself.
 * Each step costs the same, however many members and keys there are: a flood from one network must not make its probes dear.
 */
export class Contributions {
  /** When a member has contributed a key the last time, by both; the one that is longest ago first. */
  readonly #latest = new Map<number, number>();
  readonly #eldest = new Eldest(this.#latest);
  /** The one that is longest ago, once it was asked for. */
  #front: number | undefined;
  readonly #owners = new Map<number, Owners>();
  readonly #parts = new Map<number, Part>();
  /** How many members have so many keys of their own. */
  readonly #membersByOwn: number[] = [];
  #mostOwn = 0;

  note(member: number, key: number, atNs: number): void {
    const both = member * KEYS + key;
    const isKnown = this.#take(both);
    this.#latest.set(both, atNs);
    if (isKnown) return;
    const part = this.#parts.get(member) ?? { keys: 0, own: 0 };
    this.#parts.set(member, part);
    part.keys++;
    const owners = this.#owners.get(key) ?? { count: 0, sum: 0 };
    this.#owners.set(key, owners);
    if (owners.count === 0) this.#setOwn(part, part.own + 1);
    else if (owners.count === 1) this.#disown(owners.sum);
    owners.count++;
    owners.sum += member;
  }

  remove(member: number, key: number): void {
    if (!this.#take(member * KEYS + key)) return;
    const part = this.#parts.get(member)!;
    const owners = this.#owners.get(key)!;
    owners.count--;
    owners.sum -= member;
    part.keys--;
    if (owners.count === 0) {
      this.#owners.delete(key);
      this.#setOwn(part, part.own - 1);
    } else if (owners.count === 1) {
      const left = this.#parts.get(owners.sum)!;
      this.#setOwn(left, left.own + 1);
    }
    if (part.keys === 0) this.#parts.delete(member);
  }

  /** Lets go what was contributed before that time. */
  forgetBefore(sinceNs: number): void {
    while (this.#latest.size > 0) {
      this.#front ??= this.#eldest.next();
      if (this.#latest.get(this.#front)! >= sinceNs) return;
      this.remove(Math.floor(this.#front / KEYS), this.#front % KEYS);
    }
  }

  /** Members that have contributed something. */
  get members(): number {
    return this.#parts.size;
  }

  /** Distinct keys of all of them. */
  get size(): number {
    return this.#owners.size;
  }

  /** Those that remain without whoever of them has contributed the most by himself. */
  get withoutBusiest(): number {
    return this.#owners.size - this.#mostOwn;
  }

  keys(): IterableIterator<number> {
    return this.#owners.keys();
  }

  has(member: number): boolean {
    return this.#parts.has(member);
  }

  #take(both: number): boolean {
    if (this.#front === both) this.#front = undefined;
    return this.#latest.delete(both);
  }

  #disown(member: number): void {
    const part = this.#parts.get(member)!;
    this.#setOwn(part, part.own - 1);
  }

  #setOwn(part: Part, own: number): void {
    const counts = this.#membersByOwn;
    counts[part.own] = (counts[part.own] ?? 0) - 1;
    counts[own] = (counts[own] ?? 0) + 1;
    part.own = own;
    this.#mostOwn = Math.max(this.#mostOwn, own);
    while (this.#mostOwn > 0 && !(counts[this.#mostOwn]! > 0)) this.#mostOwn--;
  }
}
