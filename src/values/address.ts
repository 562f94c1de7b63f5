import { isIPv4 } from 'node:net';
import { formatPrefix, parsePrefix } from './prefix.ts';

const GROUP = '[1-9a-f][0-9a-f]{0,3}';
/**
 * IPv6 addresses that have no group of zeros, or none but those which `::` in their middle stands for, two of them at least
 * (so there are fewer than seven colons). RFC 5952 has this text for them and no other.
 */
const PLAIN_IPV6 = new RegExp(
  `^(?:${GROUP}(?::${GROUP}){7}|(?!(?:[^:]*:){7})${GROUP}(?::${GROUP})*::${GROUP}(?::${GROUP})*)$`,
);

/** The one text of a single IPv4 or IPv6 address (RFC 5952; an IPv4-mapped one as IPv4); undefined for anything else. */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text) || PLAIN_IPV6.test(text)) return text; // almost all are: files of 65,536 of them are read
  const prefix = text.includes('/') ? undefined : parsePrefix(text);
  return prefix && formatPrefix(prefix);
}
