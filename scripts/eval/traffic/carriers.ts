import { eth, type Packet } from '../../packets/packet.ts';

/** What the sender of a packet says in its IP header. */
export type IpFields = {
  readonly src: string;
  readonly dst: string;
  readonly ttl?: number;
  /** IPv4 only, as are all that follow. */
  readonly id?: number;
  readonly dontFragment?: boolean;
  /** Of a fragment, also in IPv6: in 8-byte units. */
  readonly fragment?: { readonly offset: number; readonly more: boolean; readonly id: number };
  /** Instead of the number of the layer that follows. */
  readonly protocol?: number;
};

/** How IP packets reach the host: everything in front of the transport header. */
export type Carrier = {
  readonly name: string;
  readonly family: 4 | 6;
  /** In front of the IP header. */
  readonly linkBytes: number;
  readonly begin: (ip: IpFields) => Packet;
};

type Link = () => Packet;
const plain: Link = () => eth();
const vlan: Link = () => eth().vlan(5);
const qinq: Link = () => eth().qinq(10).vlan(20);

/** Router alert (RFC 2113): the one that is met in the wild. */
const ROUTER_ALERT = [0x94, 4, 0, 0];

function ip4(packet: Packet, { fragment, ttl = 64, id = 0, ...fields }: IpFields, options: number[] = []) {
  const part = fragment && {
    fragOffset: fragment.offset,
    moreFragments: fragment.more,
    id: fragment.id,
  };
  return packet.ip4({ ...fields, ttl, id, ...(options.length > 0 && { options }), ...part });
}

/** `extend`: the extension headers in front of a fragment header, if there is one. */
function ip6(packet: Packet, ip: IpFields, extend: (packet: Packet) => Packet = (same) => same): Packet {
  const { src, dst, ttl = 64, fragment } = ip;
  const extended = extend(packet.ip6({ src, dst, hopLimit: ttl }));
  return fragment ? extended.fragment(fragment) : extended;
}

const over4 = (name: string, link: Link, options?: number[]): Carrier => ({
  name,
  family: 4,
  linkBytes: link().build().length,
  begin: (ip) => ip4(link(), ip, options),
});
const over6 = (name: string, link: Link, extend?: (packet: Packet) => Packet): Carrier => ({
  name,
  family: 6,
  linkBytes: link().build().length,
  begin: (ip) => ip6(link(), ip, extend),
});

export const ipv4 = over4('IPv4', plain);
export const ipv6 = over6('IPv6', plain);
export const plainCarriers: readonly Carrier[] = [ipv4, ipv6];

export const carriers: readonly Carrier[] = [
  ipv4,
  over4('IPv4, VLAN', vlan),
  over4('IPv4, QinQ', qinq),
  over4('IPv4, options', plain, ROUTER_ALERT),
  ipv6,
  over6('IPv6, VLAN', vlan),
  over6('IPv6, QinQ', qinq),
  over6('IPv6, hop-by-hop', plain, (packet) => packet.hopByHop()),
  over6('IPv6, destination options', plain, (packet) => packet.destOptions()),
  over6('IPv6, three headers', plain, (packet) => packet.hopByHop().routing().destOptions()),
];

/** Those by which an innocent packet comes every day. */
export const everydayCarriers = carriers.filter(({ name }) => /^IPv[46](, VLAN)?$/.test(name));
