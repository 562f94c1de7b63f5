import type { Random } from '../../packets/random.ts';
import type { Shot } from '../../packets/shot.ts';
import { hostsOf } from '../traffic/addresses.ts';
import { type Carrier, plainCarriers } from '../traffic/carriers.ts';
import { randomPorts } from '../traffic/ports.ts';
import { echoProbe, tcpProbe, udpProbe } from '../traffic/probes.ts';
import { Session } from '../traffic/session.ts';
import { hping3, type nmap } from '../traffic/tools.ts';
import { type Scene, sceneOf, spaced } from './scene.ts';

/** Who must not be cut off, what he does meanwhile, and by which address. */
const peers: Readonly<
  Record<
    string,
    { readonly by: 'client' | 'gateway'; readonly play: (carrier: Carrier, random: Random) => Shot[] }
  >
> = {
  'holds an SSH session': {
    by: 'client',
    play: (carrier, random) => {
      const session = sessionTo(carrier, 22, random);
      return [session.opened(0), ...[2, 12, 30, 60].map((at) => session.used(at))].flat();
    },
  },
  'load balancer that connects each second': {
    by: 'client',
    play: (carrier, random) =>
      Array.from({ length: 60 }, (_, second) => sessionTo(carrier, 443, random).whole(second)).flat(),
  },
  'resolver that answers': {
    by: 'client',
    play: (carrier, random) => {
      const { client: src, host: dst } = hostsOf[carrier.family];
      return [1, 6, 11, 16, 31].flatMap((at) => {
        const sport = 32_768 + random.below(28_232);
        const ask = carrier.begin({ src: dst, dst: src }).udp({ sport, dport: 53 }).bytes(question).build();
        const answer = carrier.begin({ src, dst }).udp({ sport: 53, dport: sport }).bytes(found).build();
        return [
          { at, frame: ask },
          { at: at + 0.01, frame: answer },
        ];
      });
    },
  },
  "gateway, known by the host's routes": {
    by: 'gateway',
    play: (carrier, random) => {
      const { gateway: src, host: dst } = hostsOf[carrier.family];
      return spaced([echoProbe(carrier, { src, dst, ttl: 255 }, random, true, 56)], 1, 1);
    },
  },
};

/** As a host asks its resolver for `a.example`, and the answer; the bytes of the records say nothing here (RFC 1035 section 4.1.1). */
const NAME = [...[1, 0x61, 7, ...Buffer.from('example'), 0], ...[0, 1, 0, 1]];
const question = Uint8Array.from([0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, ...NAME]);
const found = Uint8Array.from([
  ...[0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, ...NAME],
  ...[0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1],
]);

const sessionTo = (carrier: Carrier, port: number, random: Random): Session => {
  const { client, host: server } = hostsOf[carrier.family];
  return new Session(carrier, { client, server, port }, random);
};

/** What is sent in his name. */
const attacks: Readonly<
  Record<
    string,
    (
      carrier: Carrier,
      src: string,
      port: number,
      send: ReturnType<typeof nmap>,
      random: Random,
    ) => readonly (readonly [number, Uint8Array])[]
  >
> = {
  SYN: (carrier, src, port, send) =>
    tcpProbe(carrier, send({ src, dst: hostsOf[carrier.family].host, port, flags: 'S' })),
  'impossible flags': (carrier, src, port, send) =>
    tcpProbe(carrier, send({ src, dst: hostsOf[carrier.family].host, port, flags: 'FPU' })),
  UDP: (carrier, src, port, _, random) =>
    udpProbe(
      carrier,
      { src, dst: hostsOf[carrier.family].host, ttl: 52, id: random.u32() >>> 16 },
      { sport: 1024 + random.below(60_000), dport: port },
    ),
};

const COUNTS = [1, 10, 1000] as const;
const APART_S = 0.01;
/** By then whoever has a session has been seen to have it. */
const ATTACK_AT = 15;

/** Somebody sends probes in the name of a peer of the host. */
export const forgeryScenes: readonly Scene[] = Object.entries(peers).flatMap(([peer, { by, play }]) =>
  Object.entries(attacks).flatMap(([attack, probe]) =>
    COUNTS.flatMap((count) =>
      plainCarriers.map((carrier) => {
        const { family } = carrier;
        const victim = hostsOf[family][by];
        const column = `${attack}, ${count === 1 ? '1 packet' : `${count} packets`}, ${carrier.name}`;
        const guards = by === 'gateway' ? [victim] : [];
        const names = { row: peer, column, forged: [victim], guards };
        return sceneOf({ group: 'forgery', family, ...names }, (random) => {
          const send = hping3(random);
          const ports = randomPorts('below 1024', count, random);
          const forged = ports.map((port) => probe(carrier, victim, port, send, random));
          return [...play(carrier, random), ...spaced(forged, APART_S, ATTACK_AT)];
        });
      }),
    ),
  ),
);
