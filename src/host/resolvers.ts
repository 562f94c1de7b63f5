import { contains, formatPrefix, type Prefix, parsePrefix } from '../values/prefix.ts';
import { readIfThere } from './read-if-there.ts';

/** Where programs of this host look for their resolvers (resolv.conf(5)). */
const RESOLV_CONF = '/etc/resolv.conf';
/** Whom systemd-resolved asks, when it is itself what programs ask. */
const UPLINKS = '/run/systemd/resolve/resolv.conf';
const LOOPBACK = ['127.0.0.0/8', '::1'].map((text) => parsePrefix(text)!);
/** No such file is longer; it is read each second. */
const MAX_BYTES = 65_536;

/** The name servers that the text of a resolv.conf names, in its order. Zones (`fe80::1%eth0`) are left out of addresses. */
export function parseResolvers(text: string): Prefix[] {
  const found = new Map<string, Prefix>();
  for (const line of text.split('\n')) {
    const [word, address = ''] = line.trim().split(/\s+/);
    const prefix = word === 'nameserver' ? parsePrefix(address.replace(/[%/].*$/, '')) : undefined;
    if (prefix) found.set(formatPrefix(prefix), prefix);
  }
  return [...found.values()];
}

/**
 * The resolvers of this host as they are now; behind one on loopback, as systemd-resolved's stub is, those of other machines, too. Throws when
 * a file is there and cannot be read.
 */
export function readResolvers(resolvConf = RESOLV_CONF, uplinks = UPLINKS): Prefix[] {
  const named = resolversIn(resolvConf);
  const hasStub = named.some((prefix) => LOOPBACK.some((network) => contains(network, prefix)));
  return hasStub ? [...named, ...resolversIn(uplinks)] : named;
}

const resolversIn = (path: string): Prefix[] =>
  parseResolvers(readIfThere(path, MAX_BYTES)?.toString('utf8') ?? '');
