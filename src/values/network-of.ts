import { contains, maskPrefix, type Prefix, parsePrefix } from './prefix.ts';

/**
 * The longest prefixes that networks announce to one another on the Internet. So all addresses of one have the same holder, which of
 * longer ones nobody can tell.
 */
const ROUTED_BITS = { 4: 24, 6: 48 } as const;

/** Not routed on the Internet (RFC 1918, 6598, 3927, 4193, 4291): neighbours there are anybody's desktop, printer and telephone. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16']
  .concat(['fc00::/7', 'fe80::/10'])
  .map((text) => parsePrefix(text)!);

/** The network that a source shares with others of the same holder; undefined: a private one, which says nothing about its neighbours. */
export const networkOf = (source: Prefix): Prefix | undefined =>
  source.length < ROUTED_BITS[source.family] || PRIVATE.some((network) => contains(network, source))
    ? undefined
    : maskPrefix(source, ROUTED_BITS[source.family]);
