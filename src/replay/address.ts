import { formatAddress, formatPrefix, fullLength, type Prefix } from '../values/prefix.ts';
import { sourceOf } from '../values/source.ts';
import type { AddressKey } from './packet.ts';

/** The address behind a key. */
export function prefixOf(key: AddressKey): Prefix {
  const family = typeof key === 'number' ? 4 : 6;
  const bytes = new Uint8Array(16);
  if (typeof key === 'number') new DataView(bytes.buffer).setUint32(0, key);
  else for (let index = 0; index < bytes.length; index++) bytes[index] = key.charCodeAt(index);
  return { family, bytes, length: fullLength(family) };
}

export const addressText = (key: AddressKey): string => {
  const { family, bytes } = prefixOf(key);
  return formatAddress(family, bytes);
};

/** Text of the source that the address belongs to, as the data plane has it. */
export const sourceText = (key: AddressKey, bits6: number): string =>
  formatPrefix(sourceOf(prefixOf(key), bits6));

/** One host has it: neither a group of hosts nor nobody. */
export function isUnicast(key: AddressKey): boolean {
  if (typeof key === 'string') return key.charCodeAt(0) !== 0xff && key !== UNSPECIFIED6;
  return key !== 0 && key < FIRST_GROUP;
}

/** Nobody beyond the link has it: RFC 3927, RFC 4291. */
export const isLinkLocal = (key: AddressKey): boolean =>
  typeof key === 'number'
    ? key >>> 16 === LINK_LOCAL4
    : key.charCodeAt(0) === 0xfe && (key.charCodeAt(1) & 0xc0) === 0x80;

const LINK_LOCAL4 = 0xa9fe;
const UNSPECIFIED6 = '\0'.repeat(16);
const FIRST_GROUP = 0xe000_0000;
