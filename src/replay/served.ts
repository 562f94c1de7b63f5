import type { Protocol } from '../detect/probe.ts';
import type { PortSet } from '../values/ports.ts';
import type { AddressKey } from './packet.ts';

/** Which ports of the hosts somebody listens at, for as long as the capture lasts. */
export interface Served {
  has(protocol: Protocol, host: AddressKey, port: number): boolean;
}

/** The same ports on every host, because the operator says so. */
export const servedEverywhere = (ports: Readonly<Record<Protocol, PortSet>>): Served => ({
  has: (protocol, _, port) => ports[protocol].has(port),
});

const key = (host: AddressKey, port: number): string => `${host}:${port}`;

/** Ports that were found to be served. */
export class FoundServed implements Served {
  readonly #found = { tcp: new Set<string>(), udp: new Set<string>() };

  add(protocol: Protocol, host: AddressKey, port: number): void {
    this.#found[protocol].add(key(host, port));
  }

  has(protocol: Protocol, host: AddressKey, port: number): boolean {
    return this.#found[protocol].has(key(host, port));
  }

  get size(): number {
    return this.#found.tcp.size + this.#found.udp.size;
  }
}
