import type { Random } from '../../packets/random.ts';
import type { Shot } from '../../packets/shot.ts';
import { hostsOf, neighbour, stranger } from '../traffic/addresses.ts';
import { type Carrier, everydayCarriers, ipv4, ipv6 } from '../traffic/carriers.ts';
import { echoProbe, udpProbe, unreachable } from '../traffic/probes.ts';
import { Session } from '../traffic/session.ts';
import { type Scene, sceneOf, spaced } from './scene.ts';

type Play = (carrier: Carrier, random: Random) => readonly Shot[];

const CLIENTS = 20;
const PEERS = 200;

const hostOf = ({ family }: Carrier): string => hostsOf[family].host;
const clientOf = ({ family }: Carrier): string => hostsOf[family].client;
const each = <T>(count: number, make: (index: number) => T | readonly T[]): T[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat() as T[];
const ephemeral = (random: Random): number => 32_768 + random.below(28_232);

/** Between the host and somebody who comes to one of its ports. */
const call = (carrier: Carrier, random: Random, client: string, port: number): Session =>
  new Session(carrier, { client, server: hostOf(carrier), port }, random);

/** The same the other way round. */
const outgoing = (carrier: Carrier, random: Random, server: string, port = 443): Session =>
  new Session(carrier, { client: hostOf(carrier), server, port }, random);

const completed: Play = (carrier, random) =>
  each(CLIENTS, (index) =>
    each(5, (turn) =>
      call(carrier, random, stranger(carrier.family, index), turn === 0 ? 22 : 443).whole(index + turn * 30),
    ),
  );

/** A service that is gone: its client repeats the SYN as Linux does, and tries again later. */
const repeatedSyn: Play = (carrier, random) =>
  each(10, (attempt) => {
    const session = call(carrier, random, clientOf(carrier), 25);
    return [0, 1, 3, 7, 15, 31].map((after) => ({
      at: attempt * 60 + after,
      frame: after === 0 ? session.ask('S') : session.askAgain(),
    }));
  });

/** A web server is down: its clients try both of its ports. */
const stoppedService: Play = (carrier, random) =>
  each(CLIENTS, (index) =>
    [80, 443].flatMap((port, turn) =>
      call(carrier, random, stranger(carrier.family, index), port).refused(index * 3 + turn),
    ),
  );

/** The last segments of connections in both directions, minutes after these were over. */
const lateSegments: Play = (carrier, random) =>
  each(CLIENTS, (index) => {
    const peer = stranger(carrier.family, index);
    const own = outgoing(carrier, random, peer);
    const other = call(carrier, random, peer, 443);
    const late = [own.answer.bind(own), other.ask.bind(other)];
    return [
      ...own.whole(index),
      ...other.whole(index + 0.5),
      ...late.flatMap((send, side) =>
        ['A', 'FA', 'RA'].map((flags, turn) => ({
          at: 400 + index + side * 0.5 + turn * 0.1,
          frame: send(flags),
        })),
      ),
    ];
  });

/** Answers to packets that somebody has sent in the name of the host. */
const backscatter: Play = (carrier, random) =>
  each(PEERS, (index) => {
    const victim = stranger(carrier.family, index);
    const ends = { src: victim, dst: hostOf(carrier) };
    const forged = { sport: 1 + random.below(65_535), dport: 80 };
    const answer = (flags: string) =>
      carrier
        .begin({ ...ends, ttl: 50 })
        .tcp({ sport: 80, dport: forged.sport, flags, seq: random.u32(), ack: random.u32() })
        .build();
    const lost = carrier
      .begin({ src: ends.dst, dst: victim, ttl: 50 })
      .tcp({ ...forged, flags: 'S' })
      .build();
    return [
      ...each(3, (turn) => ({ at: index * 0.5 + turn, frame: answer(index % 2 === 0 ? 'SA' : 'RA') })),
      { at: index * 0.5 + 4, frame: unreachable(carrier, { src: ends.dst, dst: victim }, lost, 'port') },
    ];
  });

const HEALTH_CHECKS = 900;
const healthCheck: Play = (carrier, random) =>
  each(HEALTH_CHECKS, (second) => call(carrier, random, clientOf(carrier), 80).refused(second));

/** What the neighbours send to everybody. */
const groups: Play = (carrier, random) => {
  const everybody =
    carrier.family === 4
      ? ([
          ['255.255.255.255', 68, 67],
          ['198.51.100.255', 137, 137],
          ['198.51.100.255', 138, 138],
          ['224.0.0.251', 5353, 5353],
          ['239.255.255.250', 50_000, 1900],
          ['224.0.0.252', 50_001, 5355],
        ] as const)
      : ([
          ['ff02::1:2', 546, 547],
          ['ff02::fb', 5353, 5353],
          ['ff02::c', 50_000, 1900],
          ['ff02::1:3', 50_001, 5355],
          ['ff02::1', 521, 521],
          ['ff05::2', 123, 123],
        ] as const);
  return each(CLIENTS, (index) =>
    everybody.map(([dst, sport, dport], turn) => ({
      at: index * 5 + turn + random.below(1000) / 1000,
      frame: carrier
        .begin({ src: neighbour(carrier.family, 20 + index), dst, ttl: 1 })
        .udp({ sport, dport })
        .bytes(60)
        .build(),
    })),
  );
};

const FILE_SHARING = 51_413;

/** A client that was ended, and whose address still makes the rounds. */
const oldFriends: Play = (carrier, random) =>
  each(PEERS, (index) => {
    const src = stranger(carrier.family, index);
    const ports = { sport: 1024 + random.below(64_000), dport: FILE_SHARING };
    const ip = { src, dst: hostOf(carrier), ttl: 40 + random.below(20), id: random.u32() >>> 16 };
    const session = call(carrier, random, src, FILE_SHARING);
    return [
      ...each(2, (turn) => spaced([udpProbe(carrier, ip, ports)], 1, index * 2 + turn * 3)),
      ...(index % 4 === 0 ? session.refused(index * 2 + 1) : []),
    ];
  });

const monitorPings: Play = (carrier, random) =>
  [0, 1].flatMap((monitor) => {
    const ip = { src: stranger(carrier.family, monitor), dst: hostOf(carrier), ttl: 52 };
    return spaced(
      each(200, () => [echoProbe(carrier, ip, random, true, 56)]),
      10,
      monitor,
    );
  });

/** The host's own questions, and answers that come after it has given up on them. */
const lateAnswers: Play = (carrier, random) =>
  each(CLIENTS, (index) => {
    const server = stranger(carrier.family, index);
    const sport = ephemeral(random);
    const host = hostOf(carrier);
    const ask = carrier.begin({ src: host, dst: server }).udp({ sport, dport: 53 }).bytes(40).build();
    const answer = carrier
      .begin({ src: server, dst: host })
      .udp({ sport: 53, dport: sport })
      .bytes(120)
      .build();
    return [
      { at: index, frame: ask },
      { at: index + 45, frame: answer },
    ];
  });

/** What reaches the host of a traceroute to it: a datagram each to ports one behind the other. */
const traceroute: Play = (carrier, random) =>
  each(5, (index) => {
    const ip = { src: stranger(carrier.family, index), dst: hostOf(carrier) };
    const sport = ephemeral(random);
    const probes = each(16, (turn) => [
      udpProbe(carrier, { ...ip, ttl: 1 + Math.floor(turn / 3) }, { sport, dport: 33_464 + turn }),
    ]);
    return spaced(probes, 0.02, index * 20);
  });

/** Try IPv6 first, where nobody listens, then IPv4, where somebody does. */
const happyEyeballs: Play = (_, random) =>
  each(CLIENTS, (index) =>
    [443, 80].flatMap((port, turn) => {
      const at = index * 4 + turn * 2;
      const sixth = new Session(ipv6, { client: stranger(6, index), server: hostsOf[6].host, port }, random);
      const fourth = new Session(ipv4, { client: stranger(4, index), server: hostsOf[4].host, port }, random);
      const again = { at: at + 1, frame: sixth.askAgain.bind(sixth) };
      const first = { at, frame: sixth.ask('S') };
      return [first, { at: again.at, frame: again.frame() }, ...fourth.whole(at + 0.25)];
    }),
  );

const innocents: readonly (readonly [name: string, play: Play])[] = [
  ['completed connections', completed],
  ['SYN repeated to one closed port', repeatedSyn],
  ['both ports of a stopped web server', stoppedService],
  ['late segments of real connections', lateSegments],
  ['backscatter', backscatter],
  ['health check of one closed port', healthCheck],
  ['broadcast and multicast', groups],
  ['peers of file sharing that has ended', oldFriends],
  ['pings of monitors', monitorPings],
  ['late answers of resolvers', lateAnswers],
  ['traceroute', traceroute],
];

export const innocentScenes: readonly Scene[] = [
  ...innocents.flatMap(([row, play]) =>
    everydayCarriers.map((carrier) =>
      sceneOf({ group: 'innocent', family: carrier.family, row, column: carrier.name }, (random) =>
        play(carrier, random),
      ),
    ),
  ),
  sceneOf(
    {
      ...{ group: 'innocent', family: 4, row: 'happy eyeballs', column: 'IPv4 and IPv6' },
      protects: [hostsOf[4].host, hostsOf[6].host],
    },
    (random) => happyEyeballs(ipv4, random),
  ),
];
