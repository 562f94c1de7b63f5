import { closeSync, openSync, readSync } from 'node:fs';
import { contains, formatPrefix, type Prefix, parsePrefix } from '../values/prefix.ts';

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

/** The resolvers of this host as they are now; behind one on loopback, as systemd-resolved's stub is, those of other machines, too. */
export function readResolvers(resolvConf = RESOLV_CONF, uplinks = UPLINKS): Prefix[] {
  const named = parseResolvers(readIfThere(resolvConf));
  const hasStub = named.some((prefix) => LOOPBACK.some((network) => contains(network, prefix)));
  return hasStub ? [...named, ...parseResolvers(readIfThere(uplinks))] : named;
}

/** The beginning of the file; nothing when it cannot be read: then there is nobody to guard. */
function readIfThere(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const buffer = Buffer.alloc(MAX_BYTES);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, MAX_BYTES, 0));
  } catch {
    return '';
  } finally {
    closeSync(file);
  }
}
