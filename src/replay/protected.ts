import { contains, type Prefix } from '../values/prefix.ts';
import { isUnicast, prefixOf } from './address.ts';
import type { AddressKey } from './packet.ts';

/** Addresses whose answer is remembered. */
const MAX_KNOWN = 65_536;

/**
 * Which destinations the sentry is to stand before. With networks: these are one host's, or those of hosts like it, and what they send
 * is none of its business. Without: each host has a sentry of its own.
 */
export class Protected {
  readonly networks: readonly Prefix[] | undefined;
  readonly #known = new Map<AddressKey, boolean>();

  readonly #isClients: (source: AddressKey, destination: AddressKey) => boolean;

  /** `isClients`: calls out to hosts that are nobody's here; asked where each host is one of its own. */
  constructor(
    networks: readonly Prefix[] | undefined,
    isClients: (source: AddressKey, destination: AddressKey) => boolean = () => false,
  ) {
    this.networks = networks;
    this.#isClients = isClients;
  }

  has(address: AddressKey): boolean {
    if (!this.networks) return isUnicast(address);
    let isInside = this.#known.get(address);
    if (isInside === undefined) {
      const prefix = prefixOf(address);
      isInside = this.networks.some((network) => contains(network, prefix));
      if (this.#known.size === MAX_KNOWN) this.#known.clear();
      this.#known.set(address, isInside);
    }
    return isInside;
  }

  /** The packet comes from without: the sentry sees it. */
  isIncoming(source: AddressKey, destination: AddressKey): boolean {
    if (!this.networks) return !this.#isClients(source, destination);
    return !this.has(source) && (this.has(destination) || !isUnicast(destination));
  }
}
