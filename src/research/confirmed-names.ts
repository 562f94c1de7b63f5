import { Resolver } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { canonicalAddress } from '../values/address.ts';
import { Eldest } from '../values/eldest.ts';

/** A scan from many addresses must not become a flood at the name server. */
const MAX_AT_ONCE = 16;
const MAX_CACHED = 4096;
const KEEP_MS = 60 * 60_000;
const TIMEOUT_MS = 1500;
/** Of the names of one address: whoever owns the address may give it thousands. */
const MAX_NAMES = 4;

export type NameServer = Pick<Resolver, 'reverse' | 'resolve4' | 'resolve6' | 'cancel'>;

type Options = { readonly resolver?: NameServer; readonly nowMs?: () => number };

/**
 * Names of addresses that lead back to the address: whoever owns an address writes what he likes into its reverse zone, but not into another's
 * domain. Nobody waits for it: what is not known yet is undefined, and known later.
 */
export class ConfirmedNames {
  readonly #resolver: NameServer;
  readonly #nowMs: () => number;
  readonly #cache = new Map<string, { readonly names: readonly string[]; readonly untilMs: number }>();
  readonly #eldest = new Eldest(this.#cache);
  readonly #running = new Set<string>();
  #refused = 0;
  #isClosed = false;

  constructor({ resolver, nowMs }: Options = {}) {
    this.#resolver = resolver ?? new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
    this.#nowMs = nowMs ?? (() => performance.now());
  }

  /** The names in one of the domains, as far as they are known by now; else the search for them begins. */
  of(address: string, isWanted: (name: string) => boolean): readonly string[] {
    const cached = this.#cache.get(address);
    if (cached && cached.untilMs > this.#nowMs()) return cached.names.filter(isWanted);
    if (this.#isClosed || this.#running.has(address)) return [];
    if (this.#running.size >= MAX_AT_ONCE) {
      this.#refused++;
      return [];
    }
    this.#running.add(address);
    void this.#search(address, isWanted).then((names) => {
      this.#running.delete(address);
      this.#keep(address, names);
    });
    return [];
  }

  /** Addresses that were not looked up because too many were, ever. */
  get refused(): number {
    return this.#refused;
  }

  close(): void {
    this.#isClosed = true;
    this.#resolver.cancel();
  }

  /** No answer and no name are one. Never rejects. */
  async #search(address: string, isWanted: (name: string) => boolean): Promise<string[]> {
    const names = await this.#resolver.reverse(address).catch(() => []);
    const confirmed: string[] = [];
    for (const name of names.filter(isWanted).slice(0, MAX_NAMES))
      if (await this.#leadsBack(name, address)) confirmed.push(name);
    return confirmed;
  }

  async #leadsBack(name: string, address: string): Promise<boolean> {
    const asked = isIPv4(address) ? this.#resolver.resolve4(name) : this.#resolver.resolve6(name);
    const addresses = await asked.catch(() => []);
    return addresses.some((it) => canonicalAddress(it) === address);
  }

  #keep(address: string, names: readonly string[]): void {
    this.#cache.delete(address);
    this.#cache.set(address, { names, untilMs: this.#nowMs() + KEEP_MS });
    if (this.#cache.size > MAX_CACHED) this.#cache.delete(this.#eldest.next());
  }
}
