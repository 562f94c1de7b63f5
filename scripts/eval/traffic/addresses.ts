/** Who is who in what is generated: all of it out of the networks for examples (RFC 5737, 3849) and benchmarks (RFC 2544). */
export type Hosts = {
  /** The one that the sentry stands before, and its network, which a sweep goes through. */
  readonly host: string;
  readonly network: string;
  readonly scanner: string;
  /** Innocent. */
  readonly client: string;
  readonly gateway: string;
};

export const hostsOf = {
  4: {
    host: '198.51.100.1',
    network: '198.51.100.0/24',
    scanner: '203.0.113.66',
    client: '192.0.2.10',
    gateway: '198.51.100.254',
  },
  6: {
    host: '2001:db8:1::1',
    network: '2001:db8:1::/64',
    scanner: '2001:db8:66::66',
    client: '2001:db8:10::10',
    gateway: '2001:db8:1:ff::1',
  },
} as const satisfies Record<4 | 6, Hosts>;

/** The host of that number in the network of the host, from 1 on. */
export const neighbour = (family: 4 | 6, number: number): string =>
  family === 4 ? `198.51.100.${number}` : `2001:db8:1::${number.toString(16)}`;

/** Ways in which many addresses may belong together. */
export const layouts = {
  '/24': { family: 4, address: (index: number) => `203.0.113.${1 + index}` },
  'unrelated, IPv4': {
    family: 4,
    // Each of a /24 of its own; 7 has no divisor in common with 256.
    address: (index: number) => `198.${18 + (index >> 8)}.${index & 255}.${1 + ((index * 7) % 250)}`,
  },
  '/64': { family: 6, address: (index: number) => `2001:db8:66:1::${(index + 1).toString(16)}` },
  '/48': { family: 6, address: (index: number) => `2001:db8:66:${(index + 1).toString(16)}::1` },
  'unrelated, IPv6': {
    family: 6,
    address: (index: number) => `2001:db8:${(0x1000 + index * 7).toString(16)}::1`,
  },
} as const satisfies Record<string, { family: 4 | 6; address: (index: number) => string }>;
export type LayoutName = keyof typeof layouts;

/** Innocent people, each in a network of his own. */
export const stranger = (family: 4 | 6, index: number): string =>
  family === 4
    ? `198.19.${(index * 3) & 255}.${1 + ((index * 11) % 250)}`
    : `2001:db8:${(0x8000 + index * 3).toString(16)}::1`;
