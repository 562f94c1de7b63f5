/** What a host on the Internet may get within a second: scans of many kinds, and what is none. */
import type { TimedFrame } from '../../scripts/lab/frames.ts';
import { addresses } from '../../scripts/lab/lab.ts';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import type { TcpFields } from '../../scripts/packets/transport.ts';

/** Of the actor, and of nobody else: no two hosts have the same. */
type Own = { readonly sport: number; readonly seq: number };
type Actor = {
  readonly says: string;
  /** Rule of its first alert; undefined: there is none. */
  readonly rule: 'scan' | 'stealth' | undefined;
  readonly packets: (ends: Ends, own: Own) => Packet[];
};
/** Up to the transport header. `host`: another address of the same network. */
type Ends = {
  readonly ip4: (fields?: object) => Packet;
  readonly ip6: (fields?: object, host?: number) => Packet;
  readonly begin: () => Packet;
  readonly ends4: { readonly src: string; readonly dst: string };
};

/** Ports of the sentry's host that are served, of TCP and of UDP. */
export const SERVED = { tcp: 80, udp: 53 } as const;
const TCP_PORTS = [SERVED.tcp, 21, 22, 23, 25, 110, 143, 993];
const UDP_PORTS = [SERVED.udp, 69, 123, 161, 500, 514, 623, 1023];
/** Between two packets of one actor, and between two actors. */
const STEP_SECONDS = 0.05;
const SHIFT_SECONDS = 0.001;

/** Of his packet of that number; no tool that is known by its numbers counts like that. */
const ownOf = ({ sport, seq }: Own, number: number): Own => ({
  sport: sport + 97 * number,
  seq: seq + 7919 * number * number,
});

const tcp = (flags: string, ports: readonly number[] = TCP_PORTS) => {
  return (ip: () => Packet, own: Own, more: TcpFields = {}) =>
    ports.map((dport, number) => ip().tcp({ ...ownOf(own, number), dport, flags, ...more }));
};
const scan4 =
  (flags: string): Actor['packets'] =>
  (ends, own) =>
    tcp(flags)(ends.ip4, own);

const actors: readonly Actor[] = [
  { says: 'SYN, of a served port, too', rule: 'scan', packets: scan4('S') },
  { says: 'FIN', rule: 'stealth', packets: scan4('F') },
  { says: 'NULL', rule: 'stealth', packets: scan4('') },
  { says: 'XMAS', rule: 'stealth', packets: scan4('FPU') },
  { says: 'SYN and FIN', rule: 'stealth', packets: scan4('SF') },
  { says: 'Maimon', rule: 'scan', packets: scan4('FA') },
  { says: 'ACK', rule: 'scan', packets: scan4('A') },
  {
    says: 'UDP, of a served port, too',
    rule: 'scan',
    packets: ({ ip4 }, { sport }) => UDP_PORTS.map((dport) => ip4().udp({ sport, dport }).bytes(8)),
  },
  {
    says: 'SCTP',
    rule: 'scan',
    packets: ({ ip4 }, { sport }) => TCP_PORTS.map((dport) => ip4().sctp({ sport, dport })),
  },
  {
    says: 'IP protocols',
    rule: 'scan',
    packets: ({ ip4 }) => [100, 101, 102, 103, 104].map((protocol) => ip4({ protocol }).bytes(8)),
  },
  {
    says: 'SYNs in fragments of eight bytes',
    rule: 'scan',
    packets: ({ ip4 }, own) =>
      TCP_PORTS.flatMap((dport, id) => [
        ip4({ id, moreFragments: true })
          .tcp({ ...ownOf(own, id), dport })
          .keep(8),
        ip4({ id, moreFragments: true, fragOffset: 1, protocol: 6 }).bytes(8),
        ip4({ id, fragOffset: 2, protocol: 6 }).bytes(4),
      ]),
  },
  {
    says: 'SYN behind IP options and two VLAN tags',
    rule: 'scan',
    packets: ({ begin, ends4 }, own) =>
      tcp('S')(
        () =>
          begin()
            .qinq(7)
            .vlan(8)
            .ip4({ ...ends4, ihl: 8 }),
        own,
      ),
  },
  {
    says: 'one kind after the other',
    rule: 'scan',
    packets: ({ ip4 }, own) => [
      ip4().tcp({ ...ownOf(own, 0), dport: 21 }),
      ip4().udp({ sport: own.sport, dport: 69 }),
      ip4().tcp({ ...ownOf(own, 2), dport: 22, flags: 'A' }),
      ip4().tcp({ ...ownOf(own, 3), dport: 23, flags: 'F' }),
      ip4().tcp({ ...ownOf(own, 4), dport: 25, flags: 'FPU' }),
    ],
  },
  { says: 'SYN over IPv6', rule: 'scan', packets: ({ ip6 }, own) => tcp('S')(ip6, own) },
  {
    says: 'SYN over IPv6, each from another address of a /64',
    rule: 'scan',
    packets: ({ ip6 }, own) =>
      TCP_PORTS.map((dport, host) => ip6({}, host + 1).tcp({ ...ownOf(own, host), dport })),
  },
  {
    says: 'XMAS over IPv6 behind destination options',
    rule: 'stealth',
    packets: ({ ip6 }, own) => tcp('FPU')(() => ip6().destOptions(24), own),
  },
  {
    says: 'SYN over IPv6 behind hop-by-hop options and a payload length of 0',
    rule: 'scan',
    packets: ({ ip6 }, own) => tcp('S')(() => ip6({ payloadLength: 0 }).hopByHop(), own),
  },
  {
    says: 'UDP over IPv6 with a length of 0',
    rule: 'scan',
    packets: ({ ip6 }, { sport }) => UDP_PORTS.map((dport) => ip6().udp({ sport, dport, length: 0 })),
  },
  {
    says: 'a client who tries one wrong port again and again',
    rule: undefined,
    packets: ({ ip4 }, own) => tcp('S', [443, 443, 443, 443, 443, 443])(ip4, own),
  },
  {
    says: 'a client who tries three wrong ports',
    rule: undefined,
    packets: ({ ip4 }, own) => tcp('S', [443, 8080, 8443])(ip4, own),
  },
  { says: 'resets', rule: undefined, packets: scan4('R') },
  { says: 'answers to what somebody has forged', rule: undefined, packets: scan4('SA') },
  {
    says: 'pings',
    rule: undefined,
    packets: ({ ip4 }) => [ip4().icmp(), ip4().icmp(), ip4().icmp()],
  },
  {
    says: 'one stray FIN',
    rule: undefined,
    packets: ({ ip4 }, own) => tcp('F', [443])(ip4, own),
  },
];

/** Where an actor lives: an address, and an IPv6 network that is one source. */
type Home = { readonly host: string; readonly network: string };

/** Each in a network (/24, /48) of his own: they have nothing to do with each other. */
const apart = (index: number): Home => ({
  host: `198.18.${index}.9`,
  network: `2001:db8:${(0x100 + index).toString(16)}::`,
});

/** All in one: what they do is done together. */
const asNeighbours = (index: number): Home => ({
  host: `198.18.77.${100 + index}`,
  network: `2001:db8:77:${(0x100 + index).toString(16)}::`,
});

/** All of them at once, to the station of that link-layer address; one more, the last, is caught when all others were judged. */
export function mixedTrace(
  station: string,
  areNeighbours = false,
): {
  readonly frames: readonly TimedFrame[];
  /** Who is caught, and by which rule about him alone first. */
  readonly caught: ReadonlyMap<string, string>;
} {
  const homeOf = areNeighbours ? asNeighbours : apart;
  const caught = new Map<string, string>();
  const frames = actors.flatMap(({ packets, rule }, index) => {
    const { host: address, network } = homeOf(index);
    const ends4 = { src: address, dst: addresses.sentry.ipv4 };
    const begin = () => eth({ dst: station });
    let family = 4;
    const ends: Ends = {
      begin,
      ends4,
      ip4: (fields) => begin().ip4({ ...ends4, ...fields }),
      ip6: (fields, host = 1) => {
        family = 6;
        return begin().ip6({ src: `${network}${host}`, dst: addresses.sentry.ipv6, ...fields });
      },
    };
    const own = { sport: 40_000 + index, seq: 0x10_0000 * (index + 1) };
    const timed = packets(ends, own).map((packet, number) => ({
      at: number * STEP_SECONDS + index * SHIFT_SECONDS,
      frame: packet.build(),
    }));
    if (rule) caught.set(family === 4 ? address : `${network}/64`, rule);
    return timed;
  });
  return { frames, caught };
}

/** The one who comes last, for a test to wait for. */
export const LAST = apart(99).host;

/** Four SYNs of his. */
export const lastScan = (station: string): TimedFrame[] =>
  [1, 2, 3, 4].map((dport, number) => ({
    at: 0,
    frame: eth({ dst: station })
      .ip4({ src: LAST, dst: addresses.sentry.ipv4 })
      .tcp({ dport, ...ownOf({ sport: 39_000, seq: 0x999 }, number) })
      .build(),
  }));
