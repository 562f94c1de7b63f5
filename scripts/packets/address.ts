import { isIPv4, isIPv6 } from 'node:net';

/** Bytes of `02:00:00:00:00:01`. */
export function macBytes(text: string): Uint8Array {
  const parts = text.split(':').map((part) => Number.parseInt(part, 16));
  if (parts.length !== 6 || parts.some(Number.isNaN)) throw new RangeError(`"${text}" is no MAC address`);
  return Uint8Array.from(parts);
}

/** The four bytes of an IPv4 address. */
export function ip4Bytes(text: string): Uint8Array {
  if (!isIPv4(text)) throw new RangeError(`"${text}" is no IPv4 address`);
  return Uint8Array.from(text.split('.').map(Number));
}

/** The sixteen bytes of an IPv6 address. */
export function ip6Bytes(text: string): Uint8Array {
  if (!isIPv6(text)) throw new RangeError(`"${text}" is no IPv6 address`);
  const groups = (part: string) => part.split(':').filter(Boolean);
  const [head = '', tail = ''] = text.split('::');
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...new Array<string>(missing).fill('0'), ...groups(tail)];
  return Uint8Array.from(
    all.flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
}
