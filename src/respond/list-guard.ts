import type { ListObjection } from '../values/list-objection.ts';
import { type PackedPrefixes, unpack } from '../values/packed-prefixes.ts';
import { parsePrefix } from '../values/prefix.ts';
import { columnsOf } from '../values/prefix-columns-builder.ts';
import { PrefixFinder } from '../values/prefix-finder.ts';
import { WIDEST } from './guard.ts';

/** The guard's question about networks by the million: no object for each. */
export type ListGuard = {
  /** `address` in host byte order, nothing behind `length`. */
  objection4(address: number, length: number): ListObjection | undefined;
  /** `address`: four words, the most significant first. */
  objection6(address: ArrayLike<number>, length: number): ListObjection | undefined;
};

/**
 * Addresses that are not globally reachable (IANA's registries of special-purpose addresses, RFC 6890), multicast and
 * reserved ones. Lists of "bogons" hold them, and to drop them would cut off whoever shares a link with this host. The
 * networks of documentation and benchmarks (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 198.18.0.0/15, 2001:db8::/32)
 * are not among them: nobody lives there, and it is with them that lists are tried out.
 */
const PRIVATE = columnsOf(
  [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.168.0.0/16',
    '224.0.0.0/3',
    '::/127',
    '64:ff9b:1::/48',
    '100::/64',
    'fc00::/7',
    'fe80::/9',
    'ff00::/8',
  ].map((text) => parsePrefix(text)!),
);

/** What the guard goes by: addresses of ours, and the ignore list. */
export type PackedExempt = { readonly own: PackedPrefixes; readonly ignored: PackedPrefixes };

/**
 * A guard that tells by the addresses of the moment in which they were packed. It has nothing against what is wider than a guarded or ignored address:
 * the data plane spares the ones inside, as it does with single blocks. It spares no private ones, so what holds some of them
 * is left out as a whole.
 */
export function makeListGuard(exempt: PackedExempt): ListGuard {
  const [isPrivate, isOwn, isIgnored] = [
    PRIVATE,
    columnsOf(unpack(exempt.own)),
    columnsOf(unpack(exempt.ignored)),
  ].map((columns) => new PrefixFinder(columns));
  return {
    objection4(address, length) {
      if (length < WIDEST[4]) return 'too_wide';
      if (isPrivate!.holds4(address, length) || isPrivate!.isWithin4(address, length)) return 'private';
      if (isOwn!.holds4(address, length)) return 'own';
      return isIgnored!.holds4(address, length) ? 'ignored' : undefined;
    },
    objection6(address, length) {
      if (length < WIDEST[6]) return 'too_wide';
      if (isPrivate!.holds6(address, length) || isPrivate!.isWithin6(address, length)) return 'private';
      if (isOwn!.holds6(address, length)) return 'own';
      return isIgnored!.holds6(address, length) ? 'ignored' : undefined;
    },
  };
}
