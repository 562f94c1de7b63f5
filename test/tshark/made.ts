/** Frames with whatever may stand before, between and behind headers: captures have few of these. */
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { Random } from '../../scripts/packets/random.ts';

const SEED = 0x7a5;
const EXTENSIONS_MAX = 5;
const TCP_HEADER = 20;

/** The same ones each time; all of them are what they seem. */
export function* madeFrames(count: number): Generator<Uint8Array> {
  const random = new Random(SEED);
  for (let made = 0; made < count; made++) yield frame(random).build();
}

function frame(random: Random): Packet {
  const tagged = [
    () => eth(),
    () => eth(),
    () => eth().vlan(random.below(4096)),
    () => eth().qinq(random.below(4096)).vlan(random.below(4096)),
    () => eth().qinq(random.below(4096), 0x9100).vlan(random.below(4096)),
  ];
  const packet = pick(random, tagged)();
  return random.below(2) === 0 ? ip4(random, packet) : ip6(random, packet);
}

function ip4(random: Random, packet: Packet): Packet {
  const fields = {
    src: `198.51.100.${random.below(256)}`,
    dst: `192.0.2.${random.below(256)}`,
    id: random.below(65_536),
    ttl: random.below(256),
    ihl: pick(random, [5, 5, 5 + random.below(11)]),
    dontFragment: random.below(2) === 0,
  };
  const ways = [
    () => transport(random, packet.ip4(fields)),
    () => transport(random, packet.ip4(fields)),
    () => first(random, packet.ip4({ ...fields, moreFragments: true })),
    () => packet.ip4({ ...fields, moreFragments: true, fragOffset: 1 + random.below(8191) }).bytes(24),
    () => packet.ip4({ ...fields, protocol: 132, fragOffset: 1 + random.below(8191) }).bytes(24),
    () => packet.ip4(fields).auth().tcp(),
    () => packet.ip4(fields).ip6().tcp(),
  ];
  return pick(random, ways)();
}

function ip6(random: Random, packet: Packet): Packet {
  const fields = {
    src: `2001:db8:${random.below(65_536).toString(16)}::${random.below(65_536).toString(16)}`,
    dst: `2001:db8::${random.below(65_536).toString(16)}`,
    hopLimit: random.below(256),
  };
  const base =
    random.below(3) === 0 ? packet.ip6(fields).hopByHop(6 + 8 * random.below(4)) : packet.ip6(fields);
  const extended = extensions(random, base);
  const ways = [
    () => transport(random, extended),
    () => transport(random, extended),
    () => transport(random, extensions(random, extended.fragment({ reserved: random.below(256) }))),
    () => first(random, extended.fragment({ more: true, id: random.u32() })),
    () => extended.fragment({ offset: 1 + random.below(8191), next: pick(random, [6, 17, 60]) }).bytes(24),
    () => extended.ip4().udp(),
  ];
  return pick(random, ways)();
}

function extensions(random: Random, packet: Packet): Packet {
  let extended = packet;
  for (let count = random.below(EXTENSIONS_MAX); count > 0; count--) {
    const ways = [
      () => extended.destOptions(8 + 8 * random.below(5)),
      () => extended.routing(),
      () => extended.auth(),
    ];
    extended = pick(random, ways)();
  }
  return extended;
}

function transport(random: Random, packet: Packet): Packet {
  const ways = [
    () => packet.tcp(tcpFields(random)).bytes(random.below(40)),
    () => packet.tcp(tcpFields(random)),
    () => packet.udp(ports(random)).bytes(random.below(40)),
    () => packet.icmp(),
    () => packet.sctp(ports(random)),
  ];
  return pick(random, ways)();
}

/** The first of several fragments, which may end within the transport header but not before there are ports. */
function first(random: Random, packet: Packet): Packet {
  const ways = [
    () => packet.tcp(tcpFields(random)).keep(8),
    () => packet.tcp(tcpFields(random)).keep(16),
    () =>
      packet
        .tcp({ ...tcpFields(random), options: [] })
        .keep(TCP_HEADER)
        .bytes(4),
    () => packet.udp(ports(random)).bytes(16),
  ];
  return pick(random, ways)();
}

const ports = (random: Random) => ({ sport: random.below(65_536), dport: random.below(65_536) });

const tcpFields = (random: Random) => ({
  ...ports(random),
  flags: random.below(256),
  seq: random.u32(),
  ack: random.u32(),
  window: random.below(65_536),
  options: pick(random, [
    [],
    [2, 4, 5, 180],
    [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7],
  ]),
});

const pick = <T>(random: Random, choices: readonly T[]): T => choices[random.below(choices.length)]!;
