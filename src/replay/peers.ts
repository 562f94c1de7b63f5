import type { AddressKey } from './packet.ts';

/** Addresses that hold connections, however many each. */
export class Peers {
  readonly #counts = new Map<AddressKey, number>();
  #changes = 0;

  add(address: AddressKey): void {
    const count = this.#counts.get(address) ?? 0;
    if (count === 0) this.#changes++;
    this.#counts.set(address, count + 1);
  }

  remove(address: AddressKey): void {
    const count = this.#counts.get(address) ?? 0;
    if (count > 1) this.#counts.set(address, count - 1);
    else if (this.#counts.delete(address)) this.#changes++;
  }

  addresses(): Iterable<AddressKey> {
    return this.#counts.keys();
  }

  /** How often somebody has come or gone. */
  get changes(): number {
    return this.#changes;
  }
}
