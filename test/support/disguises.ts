import { eth, type Packet, tagged } from '../../scripts/packets/packet.ts';

/** The source of all of them. */
export const V4 = { src: '203.0.113.66' };
export const V6 = { src: '2001:db8:66::66' };
const chain = (count: number, packet: Packet): Packet =>
  count === 0 ? packet : chain(count - 1, packet.destOptions());

/** Everything that hides a transport header, or has none: no way around a block or a list. */
export const disguises: readonly (readonly [string, Packet])[] = [
  ['IPv4, SYN', eth().ip4(V4).tcp()],
  ['IPv4, SYN-ACK', eth().ip4(V4).tcp({ flags: 'SA' })],
  ['IPv4, RST', eth().ip4(V4).tcp({ flags: 'R' })],
  ['IPv4, UDP', eth().ip4(V4).udp()],
  ['IPv4, a port that nobody watches', eth().ip4(V4).tcp({ dport: 12 })],
  [
    'IPv4, a first fragment',
    eth()
      .ip4({ ...V4, moreFragments: true })
      .tcp()
      .bytes(4),
  ],
  [
    'IPv4, a tiny fragment',
    eth()
      .ip4({ ...V4, moreFragments: true })
      .tcp()
      .keep(8),
  ],
  [
    'IPv4, a later fragment',
    eth()
      .ip4({ ...V4, fragOffset: 1 })
      .bytes(40),
  ],
  [
    'IPv4, the last of many fragments',
    eth()
      .ip4({ ...V4, fragOffset: 0x1fff })
      .bytes(8),
  ],
  [
    'IPv4, options',
    eth()
      .ip4({ ...V4, ihl: 15 })
      .tcp(),
  ],
  [
    'IPv4, a total length of 0, as large aggregated packets have it',
    eth()
      .ip4({ ...V4, totalLength: 0 })
      .tcp(),
  ],
  [
    'IPv4, a total length that is a lie',
    eth()
      .ip4({ ...V4, totalLength: 19 })
      .tcp(),
  ],
  ['IPv4, ICMP', eth().ip4(V4).icmp()],
  ['IPv4, SCTP', eth().ip4(V4).sctp()],
  ['IPv4, AH', eth().ip4(V4).auth().tcp()],
  ['IPv4, a tunnel', eth().ip4(V4).ip6().tcp()],
  [
    'IPv4, protocol 255',
    eth()
      .ip4({ ...V4, protocol: 255 })
      .bytes(8),
  ],
  ['IPv4, VLAN', eth().vlan(5).ip4(V4).tcp()],
  ['IPv4, QinQ', eth().qinq(10).vlan(20).ip4(V4).tcp()],
  ['IPv4, nine priority tags', tagged(9, 0).ip4(V4).tcp()],
  [
    'IPv4, cut in the TCP header',
    eth()
      .ip4(V4)
      .tcp()
      .truncate(14 + 20 + 7),
  ],
  [
    'IPv4, cut behind the IP header',
    eth()
      .ip4(V4)
      .tcp()
      .truncate(14 + 20),
  ],
  [
    'IPv4, cut in the options',
    eth()
      .ip4({ ...V4, ihl: 15 })
      .tcp()
      .truncate(14 + 24),
  ],
  ['IPv4, a TCP header of 4 words', eth().ip4(V4).tcp({ doff: 4 })],
  ['IPv4, no payload at all', eth().ip4(V4)],
  [
    'IPv4, to a broadcast address',
    eth({ dst: 'ff:ff:ff:ff:ff:ff' })
      .ip4({ ...V4, dst: '255.255.255.255' })
      .udp(),
  ],
  ['IPv6, SYN', eth().ip6(V6).tcp()],
  ['IPv6, UDP', eth().ip6(V6).udp()],
  ['IPv6, another address of the /64', eth().ip6({ src: '2001:db8:66:0:ffff::1' }).udp()],
  ['IPv6, a first fragment', eth().ip6(V6).fragment({ more: true }).tcp().bytes(4)],
  ['IPv6, a tiny fragment', eth().ip6(V6).fragment({ more: true }).tcp().keep(8)],
  ['IPv6, a later fragment', eth().ip6(V6).fragment({ offset: 1 }).bytes(40)],
  ['IPv6, hop-by-hop options', eth().ip6(V6).hopByHop().tcp()],
  ['IPv6, destination options of 264 bytes', eth().ip6(V6).destOptions(264).tcp()],
  ['IPv6, routing', eth().ip6(V6).routing().tcp()],
  ['IPv6, AH', eth().ip6(V6).auth().tcp()],
  ['IPv6, 9 extension headers', chain(9, eth().ip6(V6)).tcp()],
  ['IPv6, 100 extension headers', chain(100, eth().ip6(V6)).tcp()],
  ['IPv6, no next header', eth().ip6(V6)],
  [
    'IPv6, ESP',
    eth()
      .ip6({ ...V6, next: 50 })
      .bytes(40),
  ],
  ['IPv6, ICMPv6', eth().ip6(V6).icmp6()],
  ['IPv6, SCTP', eth().ip6(V6).sctp()],
  ['IPv6, VLAN', eth().vlan(5).ip6(V6).tcp()],
  ['IPv6, QinQ', eth().qinq(10, 0x9100).vlan(20).ip6(V6).tcp()],
  [
    'IPv6, cut in the TCP header',
    eth()
      .ip6(V6)
      .tcp()
      .truncate(14 + 40 + 7),
  ],
  [
    'IPv6, cut in an extension header',
    eth()
      .ip6(V6)
      .hopByHop(22)
      .tcp()
      .truncate(14 + 40 + 9),
  ],
  [
    'IPv6, cut behind the IP header',
    eth()
      .ip6(V6)
      .tcp()
      .truncate(14 + 40),
  ],
  [
    'IPv6, a payload length of 0',
    eth()
      .ip6({ ...V6, payloadLength: 0 })
      .tcp(),
  ],
  [
    'IPv6, to a multicast address',
    eth({ dst: '33:33:00:00:00:01' })
      .ip6({ ...V6, dst: 'ff02::1' })
      .udp(),
  ],
];
