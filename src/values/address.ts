import { formatPrefix, parsePrefix } from './prefix.ts';

/** The one text of a single IPv4 or IPv6 address (RFC 5952; an IPv4-mapped one as IPv4); undefined for anything else. */
export function canonicalAddress(text: string): string | undefined {
  const prefix = text.includes('/') ? undefined : parsePrefix(text);
  return prefix && formatPrefix(prefix);
}
