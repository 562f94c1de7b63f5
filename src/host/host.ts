import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { SentryError } from '../errors.ts';
import { readRoutes } from './routes.ts';

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
