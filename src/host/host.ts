import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { SentryError } from '../errors.ts';
import { readRoutes } from './routes.ts';

/** Linux's own default (Documentation/networking/ip-sysctl.rst). */
const DEFAULT_EPHEMERAL_PORTS = [32_768, 60_999] as const;

/** Name of the interface of the default route, IPv4 before IPv6. */
export function defaultInterface(): string {
  const route = readRoutes().find(({ isDefault }) => isDefault);
  if (!route) throw new SentryError('XS_ERR_NO_DEFAULT_ROUTE', 'see `ip route`');
  return route.interface;
}

/** Names of the interfaces of this network namespace, whether they are up or not. */
export function interfaceNames(): string[] {
  const [, , ...lines] = readFileSync('/proc/self/net/dev', 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.slice(0, line.lastIndexOf(':')).trim());
}

/** Link-layer addresses of the interfaces that have an IP address, six bytes each. */
export function stations(): Uint8Array[] {
  const texts = Object.values(networkInterfaces()).flatMap(
    (addresses) => addresses?.map(({ mac }) => mac) ?? [],
  );
  return [...new Set(texts)].map((mac) =>
    Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16)),
  );
}

/** First and last port of net.ipv4.ip_local_port_range, which holds for IPv6, too. */
export function ephemeralPorts(): readonly [number, number] {
  try {
    const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    const [first, last] = text.trim().split(/\s+/).map(Number);
    return first && last ? [first, last] : DEFAULT_EPHEMERAL_PORTS;
  } catch {
    return DEFAULT_EPHEMERAL_PORTS;
  }
}
