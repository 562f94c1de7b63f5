import { canonicalAddress } from '../../values/address.ts';

const NAME = /^[A-Za-z0-9._-]{1,253}$/;

/**
 * The name as it may stand in a log; undefined when it may not. Whoever owns an address block writes into its reverse zone
 * what he likes, so it must have the letters of a host name and not look like an address: readers of `NAME/ADDRESS` (one of
 * fail2ban's filters, for one) take the first of the two for the source, and would ban whom the scanner names.
 */
export function acceptName(text: string): string | undefined {
  const name = text.replace(/\.$/, '');
  return NAME.test(name) && !/^\.|\.\.|\.$/.test(name) && !endsInNumber(name) ? name : undefined;
}

/** Such as `192.0.2.1`, `127.1`, `0x7f000001`: what inet_aton(3) takes for an address. No top-level domain is a number. */
const endsInNumber = (name: string): boolean => /(^|\.)(\d+|0x[0-9a-f]*)$/i.test(name);

/** Names by address of a file like /etc/hosts: the first of each line, and of the first line with that address. */
export function parseHosts(text: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [address = '', alias = ''] = line.replace(/#.*/, '').trim().split(/\s+/);
    const key = canonicalAddress(address);
    const name = acceptName(alias);
    if (key && name && !names.has(key)) names.set(key, name);
  }
  return names;
}
