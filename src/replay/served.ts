import type { Transport } from '../detect/probe.ts';
import type { PortSet } from '../values/ports.ts';
import type { AddressKey } from './packet.ts';

/** Which ports of the hosts somebody listens at, for as long as the capture lasts. */
export interface Served {
  has(protocol: Transport, host: AddressKey, port: number): boolean;
}

/** The same ports on every host, because the operator says so. */
export const servedEverywhere = (ports: Readonly<Record<Transport, PortSet>>): Served => ({
  has: (protocol, _, port) => ports[protocol].has(port),
});

/** Ports that were found to be served. */
export class FoundServed implements Served {
  readonly #found = { tcp: new Map<AddressKey, Set<number>>(), udp: new Map<AddressKey, Set<number>>() };

  add(protocol: Transport, host: AddressKey, port: number): void {
    const ports = this.#found[protocol].get(host);
    if (ports) ports.add(port);
    else this.#found[protocol].set(host, new Set([port]));
  }

  has(protocol: Transport, host: AddressKey, port: number): boolean {
    return this.#found[protocol].get(host)?.has(port) === true;
  }
}
