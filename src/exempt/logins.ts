import type { GuardedAddress } from '../respond/guard.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';

/** How long after the last connection: who was cut off by a bad line comes back within that. */
const GRACE_MS = 600_000;
/** Nobody logs in from more places; the one that was noted first is forgotten. */
const MAX_LOGINS = 64;

/**
 * Addresses from which people who type commands are logged in. Each is guarded from its first command on, as long as it holds a TCP
 * connection to this host, and ten minutes more.
 */
export class Logins {
  readonly #isConnected: (address: string) => boolean;
  readonly #nowMs: () => number;
  readonly #logins = new Map<string, { readonly prefix: Prefix; lastMs: number }>();

  constructor(isConnected: (address: string) => boolean, nowMs: () => number = () => performance.now()) {
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
    const address = formatPrefix(prefix);
    this.#logins.delete(address);
    this.#logins.set(address, { prefix, lastMs: this.#nowMs() });
    const [first] = this.#logins.keys();
    if (this.#logins.size > MAX_LOGINS) this.#logins.delete(first!);
  }

  /** Forgets those that are gone. */
  sweep(): void {
    const nowMs = this.#nowMs();
    for (const [address, login] of this.#logins) {
      if (this.#isConnected(address)) login.lastMs = nowMs;
      else if (nowMs - login.lastMs >= GRACE_MS) this.#logins.delete(address);
    }
  }
}
