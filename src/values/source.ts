import { maskPrefix, type Prefix } from './prefix.ts';

/**
 * The source that an address belongs to: in IPv4 itself, in IPv6 the network of so many bits around it. A link-local
 * neighbour (fe80::/10) is a source of its own, for everybody on the link shares the network: as in bpf/blocklist.h.
 */
export const sourceOf = (address: Prefix, bits6: number): Prefix =>
  address.family === 4 || isLinkLocal(address) ? address : maskPrefix(address, bits6);

const isLinkLocal = ({ bytes }: Prefix): boolean => bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
