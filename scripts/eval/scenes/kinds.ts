import type { Random } from '../../packets/random.ts';
import type { Shot } from '../../packets/shot.ts';
import { hostsOf, neighbour } from '../traffic/addresses.ts';
import { type Carrier, carriers, plainCarriers } from '../traffic/carriers.ts';
import { commonSctpPorts, commonTcpPorts, commonUdpPorts, openTcpPorts } from '../traffic/ports.ts';
import {
  echoProbe,
  fragmentedProbe,
  protocolProbe,
  sctpProbe,
  tcpProbe,
  udpProbe,
} from '../traffic/probes.ts';
import { Session } from '../traffic/session.ts';
import { linux, nmap, type Run } from '../traffic/tools.ts';
import { bystander, type Scene, sceneOf, spaced } from './scene.ts';

type Kind = {
  readonly name: string;
  readonly class: string | undefined;
  /** Frames of the scan. */
  readonly scan: (carrier: Carrier, random: Random) => readonly Shot[];
  /** All addresses of the network are the host's. */
  readonly sweeps?: true;
};

/** Between two probes of a scan that is in no hurry and not slow. */
const APART_S = 0.02;
/** nmap waits for ICMP, which comes once a second. */
const UDP_APART_S = 1;
const SWEPT_HOSTS = 40;
const PROTOCOLS = 30;

const endsOf = ({ family }: Carrier) => ({ src: hostsOf[family].scanner, dst: hostsOf[family].host });

/** nmap's packets with these flags to the ports that are tried first. */
const flagged =
  (flags: string, probe = tcpProbe): Kind['scan'] =>
  (carrier, random) => {
    const run = nmap(random);
    const probes = random
      .shuffled(commonTcpPorts)
      .map((port) => probe(carrier, run({ ...endsOf(carrier), port, flags })));
    return spaced(probes, APART_S);
  };

function connectScan(carrier: Carrier, random: Random): Shot[] {
  const { src: client, dst: server } = endsOf(carrier);
  return random.shuffled(commonTcpPorts).flatMap((port, index) => {
    const at = 10 + index * APART_S;
    const session = new Session(carrier, { client, server, port }, random);
    if (!openTcpPorts.includes(port)) return session.refused(at);
    return [...session.opened(at), { at: at + 0.07, frame: session.ask('RA') }];
  });
}

/** nmap's own IP header. */
const nmapIp = (carrier: Carrier, random: Random) => ({
  ...endsOf(carrier),
  ttl: 37 + random.below(23),
  id: random.u32() >>> 16,
});

function udpScan(carrier: Carrier, random: Random): Shot[] {
  const sport = 33_000 + random.below(32_000);
  const probes = random
    .shuffled(commonUdpPorts)
    .map((dport) => udpProbe(carrier, nmapIp(carrier, random), { sport, dport }));
  return spaced(probes, UDP_APART_S);
}

/** Numbers that are no protocol of hosts' own, no tunnel and no extension header: of 143 to 252, IANA has assigned few. */
function protocolScan(carrier: Carrier, random: Random): Shot[] {
  const numbers = new Set<number>();
  while (numbers.size < PROTOCOLS) numbers.add(143 + random.below(110));
  const probes = [...numbers].map((number) => protocolProbe(carrier, nmapIp(carrier, random), number));
  return spaced(probes, UDP_APART_S);
}

const sctpScan =
  (chunk: 'init' | 'cookieEcho'): Kind['scan'] =>
  (carrier, random) => {
    const sport = 33_000 + random.below(32_000);
    const probes = random
      .shuffled(commonSctpPorts)
      .map((dport) => sctpProbe(carrier, nmapIp(carrier, random), { sport, dport, chunk }));
    return spaced(probes, APART_S);
  };

function echoSweep(carrier: Carrier, random: Random): Shot[] {
  const probes = Array.from({ length: SWEPT_HOSTS }, (_, index) => {
    const dst = neighbour(carrier.family, index + 1);
    return echoProbe(carrier, { ...nmapIp(carrier, random), dst }, random, index % 4 === 0);
  });
  return spaced(probes, APART_S);
}

const synSweep =
  (runOf: (random: Random) => Run): Kind['scan'] =>
  (carrier, random) => {
    const run = runOf(random);
    const src = hostsOf[carrier.family].scanner;
    const probes = Array.from({ length: SWEPT_HOSTS }, (_, index) =>
      tcpProbe(carrier, run({ src, dst: neighbour(carrier.family, index + 1), port: 445, flags: 'S' })),
    );
    return spaced(probes, APART_S);
  };

export const kinds: readonly Kind[] = [
  { name: 'SYN', class: 'vertical', scan: flagged('S') },
  { name: 'connect', class: 'vertical', scan: connectScan },
  { name: 'FIN', class: 'stealth', scan: flagged('F') },
  { name: 'NULL', class: 'stealth', scan: flagged('') },
  { name: 'XMAS', class: 'stealth', scan: flagged('FPU') },
  { name: 'Maimon', class: 'stealth', scan: flagged('FA') },
  { name: 'ACK, Window', class: 'stealth', scan: flagged('A') },
  { name: 'SYN+FIN', class: 'stealth', scan: flagged('SF') },
  { name: 'SYN+RST', class: 'stealth', scan: flagged('SR') },
  { name: 'URG', class: 'stealth', scan: flagged('U') },
  { name: 'PSH', class: 'stealth', scan: flagged('P') },
  { name: 'SYN in fragments', class: undefined, scan: flagged('S', fragmentedProbe) },
  { name: 'UDP', class: 'udp', scan: udpScan },
  { name: 'IP protocols', class: 'protocol', scan: protocolScan },
  { name: 'SCTP INIT', class: undefined, scan: sctpScan('init') },
  { name: 'SCTP COOKIE-ECHO', class: undefined, scan: sctpScan('cookieEcho') },
  { name: 'SYN sweep', class: 'horizontal', scan: synSweep(nmap), sweeps: true },
  { name: 'connect sweep', class: 'horizontal', scan: synSweep(linux), sweeps: true },
  { name: 'ICMP echo sweep', class: 'ping', scan: echoSweep, sweeps: true },
];

/** Of plain IP, which has a column of its own; of all others, which share theirs, one does. */
const PLAIN_TURNS = 3;

/** Each kind by each way to carry it. */
export const kindScenes: readonly Scene[] = kinds.flatMap(({ name, class: label, scan, sweeps }) =>
  carriers.flatMap((carrier) =>
    Array.from({ length: plainCarriers.includes(carrier) ? PLAIN_TURNS : 1 }, (_, index) => {
      const { family } = carrier;
      const { scanner, network } = hostsOf[family];
      const scene = { group: 'kind', family, row: name, column: carrier.name, turn: index + 1 } as const;
      return sceneOf(
        { ...scene, scanners: [scanner], class: label, ...(sweeps && { protects: [network] }) },
        (random) => [...bystander(family, random), ...scan(carrier, random)],
      );
    }),
  ),
);
