import { existsSync } from 'node:fs';
import { readIfThere } from './read-if-there.ts';

/** A name a line, of which the kernel knows a handful. */
const MAX_BYTES = 4096;

const read = (path: string): string => readIfThere(path, MAX_BYTES)?.toString('latin1') ?? '';

/** This host passes on packets of others: without that, only ports of its own can stand in for each other. */
export const isForwarding = (): boolean =>
  ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'].some(
    (name) => read(`/proc/sys/net/${name}`).trim() === '1',
  );

/** The kernel follows connections, without which it translates no addresses (Linux, net/netfilter/nf_conntrack_standalone.c). */
export const followsConnections = (): boolean => existsSync('/proc/sys/net/netfilter/nf_conntrack_max');

/** Names of the tables that iptables-legacy, or ip6tables-legacy, has made. Throws when they may not be read. */
export const legacyTables = (family: 'ip' | 'ip6'): readonly string[] =>
  read(`/proc/self/net/${family}_tables_names`).split('\n');
