import type { LoginStore } from '../kernel/data-plane.ts';
import type { GuardedAddress } from '../respond/guard.ts';
import { NS_PER_MS } from '../values/duration.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';

/** How long after the last connection: who was cut off by a bad line comes back within that. */
const GRACE_MS = 600_000;
/** Nobody logs in from more places; the one that was noted first is forgotten. */
const MAX_LOGINS = 64;

/** The same in each process, so that the next sentry can go by it. */
const monotonicMs = (): number => Number(process.hrtime.bigint()) / NS_PER_MS;

/**
 * Addresses from which people who type commands are logged in. Each is guarded from its first command on, as long as it holds a TCP
 * connection to this host, and ten minutes more. A sentry that takes another one's place knows those that it knew.
 */
export class Logins {
  readonly #isConnected: (address: string) => boolean;
  readonly #nowMs: () => number;
  readonly #logins = new Map<string, { readonly prefix: Prefix; lastMs: number }>();
  #store: LoginStore | undefined;

  constructor(isConnected: (address: string) => boolean, nowMs: () => number = monotonicMs) {
    this.#isConnected = isConnected;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#logins.size;
  }

  get guarded(): GuardedAddress[] {
    const reason = 'the address that you are logged in from';
    return [...this.#logins.values()].map(({ prefix }) => ({ prefix, reason }));
  }

  /** Somebody who is logged in from there has typed a command. */
  note(prefix: Prefix): void {
    this.#logins.delete(formatPrefix(prefix));
    this.#remember(prefix, this.#nowMs());
  }

  /** Goes on with those that a sentry before has noted there, and notes the others for the next one. */
  keepIn(store: LoginStore): void {
    const own = [...this.#logins.values()];
    this.#store = store;
    this.#logins.clear();
    const before = store.all().toSorted((a, b) => a.lastMs - b.lastMs);
    for (const { prefix, lastMs } of [...before, ...own]) {
      this.#logins.delete(formatPrefix(prefix));
      this.#remember(prefix, lastMs);
    }
  }

  #remember(prefix: Prefix, lastMs: number): void {
    const [first] = this.#logins.keys();
    if (this.#logins.size >= MAX_LOGINS) this.#forget(first!);
    this.#logins.set(formatPrefix(prefix), { prefix, lastMs });
    this.#store?.set(prefix, lastMs);
  }

  #forget(address: string): void {
    const login = this.#logins.get(address);
    this.#logins.delete(address);
    if (login) this.#store?.delete(login.prefix);
  }

  /** Forgets those that are gone. */
  sweep(): void {
    const nowMs = this.#nowMs();
    for (const [address, login] of this.#logins) {
      if (this.#isConnected(address)) login.lastMs = nowMs;
      else if (nowMs - login.lastMs >= GRACE_MS) this.#forget(address);
    }
  }
}
