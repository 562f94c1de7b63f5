import type { Sighting } from '../kernel/data-plane.ts';
import { parsePrefix } from '../values/prefix.ts';
import { sourceOf } from '../values/source.ts';
import type { Contact } from './contact.ts';

const CONNECT: ReadonlySet<'connect'> = new Set(['connect']);

/** A contact as a sighting: every one is told of, so that nothing needs to be counted between them. */
export function toSighting(
  { protocol, port, address, destination }: Contact,
  atNs: number,
  sourceBits6: number,
): Sighting {
  const prefix = parsePrefix(address);
  if (!prefix) throw new TypeError(`a socket gave "${address}" as the address of its peer`);
  return {
    source: sourceOf(prefix, sourceBits6),
    address,
    destination,
    protocol,
    port,
    kind: 'connect',
    tcpFlags: 0,
    ipOptions: undefined,
    isAmongDecoys: false,
    isIgnored: false,
    firstNs: 0,
    total: 1,
    kinds: CONNECT,
    portCount: 1,
    traits: undefined,
    atNs,
    instantBlock: undefined,
  };
}
