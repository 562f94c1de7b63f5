import type { Prefix } from '../values/prefix.ts';
import { readIfThere } from './read-if-there.ts';

/**
 * About 2000 routes of IPv4, the default one among the first. A router has a million, and they are read again and again: what is beyond costs
 * more than it is worth.
 */
const MAX_BYTES = 256 * 1024;
const ROUTE_UP = 0x1;
const ROUTE_GATEWAY = 0x2;

type Route = {
  readonly interface: string;
  readonly isDefault: boolean;
  readonly gateway: Prefix | undefined;
};

/** The IPv4 routes of this network namespace, from the text of /proc/net/route (addresses are in memory order). */
export function parseRoutes4(text: string): Route[] {
  return rowsOf(text)
    .slice(1)
    .filter(([, , , flags]) => Number.parseInt(flags!, 16) & ROUTE_UP)
    .map(([name, destination, gateway, flags, , , , mask]) => ({
      interface: name!,
      isDefault: destination === '00000000' && mask === '00000000',
      gateway:
        Number.parseInt(flags!, 16) & ROUTE_GATEWAY
          ? addressOf(Buffer.from(gateway!, 'hex').reverse())
          : undefined,
    }));
}

/** The IPv6 routes, from the text of /proc/net/ipv6_route. */
export function parseRoutes6(text: string): Route[] {
  return rowsOf(text)
    .filter(([, , , , , , , , flags, name]) => Number.parseInt(flags!, 16) & ROUTE_UP && name !== 'lo')
    .map(([, length, , , gateway, , , , flags, name]) => ({
      interface: name!,
      isDefault: length === '00',
      gateway:
        Number.parseInt(flags!, 16) & ROUTE_GATEWAY ? addressOf(Buffer.from(gateway!, 'hex')) : undefined,
    }));
}

/** Throws when they cannot be read. */
export const readRoutes = (): Route[] => [
  ...parseRoutes4(wholeLines('/proc/net/route')),
  ...parseRoutes6(wholeLines('/proc/net/ipv6_route')),
];

/** None where the kernel has no such family. */
function wholeLines(path: string): string {
  const text = readIfThere(path, MAX_BYTES)?.toString('latin1') ?? '';
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));

function addressOf(raw: Uint8Array): Prefix {
  const bytes = new Uint8Array(16);
  bytes.set(raw);
  return { family: raw.length === 4 ? 4 : 6, bytes, length: raw.length * 8 };
}
