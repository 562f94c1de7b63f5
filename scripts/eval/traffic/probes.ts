import { payloadOf, piecesOf } from '../../packets/fragments.ts';
import { layer3 } from '../../packets/packet.ts';
import type { Random } from '../../packets/random.ts';
import type { Carrier, IpFields } from './carriers.ts';
import { openTcpPorts } from './ports.ts';
import type { TcpProbe } from './tools.ts';

/** A frame, and how many seconds after the probe's beginning it is seen. */
export type Timed = readonly [after: number, frame: Uint8Array];

const ANSWER_S = 0.0002;
/** Of the path that the scanner's own packets take. */
const HOPS = 12;

export const tcpFrame = (carrier: Carrier, { ip, tcp }: TcpProbe): Uint8Array =>
  carrier.begin(ip).tcp(tcp).build();

/** A TCP probe, and what the host makes of it. */
export function tcpProbe(carrier: Carrier, probe: TcpProbe): Timed[] {
  return [[0, tcpFrame(carrier, probe)], ...tcpAnswers(carrier, probe)];
}

/** The same in fragments of eight bytes each: ports in the first, flags in the second (`nmap -f`). */
export function fragmentedProbe(carrier: Carrier, probe: TcpProbe): Timed[] {
  const { src, dst, ttl = 64, id = 0 } = probe.ip;
  const whole =
    carrier.family === 4
      ? layer3().ip4({ src, dst, ttl }).tcp(probe.tcp)
      : layer3().ip6({ src, dst }).tcp(probe.tcp);
  const frames = piecesOf(payloadOf(whole, carrier.family), 8).map(
    ({ offset, more, bytes }, index): Timed => {
      const ip: IpFields = { src, dst, ttl, fragment: { offset, more, id } };
      return [index * 0.000_01, carrier.begin(ip).bytes(bytes, TCP).build()];
    },
  );
  return [...frames, ...tcpAnswers(carrier, probe)];
}

const TCP = 6;

/** Closed ports answer with RST, but to RST; open ones answer a SYN, and an ACK out of the blue. */
function tcpAnswers(carrier: Carrier, { ip, tcp }: TcpProbe): Timed[] {
  const flags = String(tcp.flags);
  const seq = tcp.seq ?? 0;
  const isOpen = openTcpPorts.includes(tcp.dport ?? 0);
  const back = { src: ip.dst, dst: ip.src, ttl: 64, dontFragment: true };
  const ports = { sport: tcp.dport ?? 0, dport: tcp.sport ?? 0 };
  if (flags.includes('R')) return [];
  if (flags.includes('A')) {
    if (isOpen && flags !== 'A') return [];
    return [
      [
        ANSWER_S,
        carrier
          .begin(back)
          .tcp({ ...ports, flags: 'R', seq: tcp.ack ?? 0, window: 0 })
          .build(),
      ],
    ];
  }
  if (!isOpen) {
    const ack = (seq + (/[SF]/.test(flags) ? 1 : 0)) >>> 0;
    return [
      [
        ANSWER_S,
        carrier
          .begin(back)
          .tcp({ ...ports, flags: 'RA', seq: 0, ack, window: 0 })
          .build(),
      ],
    ];
  }
  if (flags !== 'S') return [];
  const answer = {
    ...ports,
    flags: 'SA',
    seq: 0x1000 + (tcp.dport ?? 0),
    ack: (seq + 1) >>> 0,
    window: 64_240,
  };
  // The scanner's kernel knows nothing of that SYN.
  const end = { sport: tcp.sport ?? 0, dport: tcp.dport ?? 0, flags: 'R', seq: (seq + 1) >>> 0, window: 0 };
  return [
    [
      ANSWER_S,
      carrier
        .begin(back)
        .tcp({ ...answer, options: [2, 4, 5, 0xb4] })
        .build(),
    ],
    [
      0.02,
      carrier
        .begin({ ...ip, ttl: 64 - HOPS, id: 0, dontFragment: true })
        .tcp(end)
        .build(),
    ],
  ];
}

/** What nmap asks services by, at the ports where they are; elsewhere datagrams are empty. */
const udpQuestions = new Map<number, Uint8Array>([
  [
    53,
    Uint8Array.of(
      0,
      6,
      1,
      0,
      0,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      7,
      ...Buffer.from('version'),
      4,
      ...Buffer.from('bind'),
      0,
      0,
      16,
      0,
      3,
    ),
  ],
  [123, Uint8Array.from([0xe3, 0, 4, 0xfa, 0, 1, 0, 0, 0, 1, ...new Array<number>(38).fill(0)])],
]);

/** A datagram, and word that nobody is there. */
export function udpProbe(carrier: Carrier, ip: IpFields, ports: { sport: number; dport: number }): Timed[] {
  const datagram = carrier.begin(ip).udp(ports);
  const question = udpQuestions.get(ports.dport);
  const frame = (question ? datagram.bytes(question) : datagram).build();
  return [
    [0, frame],
    [ANSWER_S, unreachable(carrier, ip, frame, 'port')],
  ];
}

/** A packet of an IP protocol with nothing in it (`nmap -sO`), and word that the host does not speak it. */
export function protocolProbe(carrier: Carrier, ip: IpFields, protocol: number): Timed[] {
  const frame = carrier.begin(ip).bytes(0, protocol).build();
  return [
    [0, frame],
    [ANSWER_S, unreachable(carrier, ip, frame, 'protocol')],
  ];
}

/** An SCTP chunk; a host that does not speak SCTP says so. */
export function sctpProbe(
  carrier: Carrier,
  ip: IpFields,
  fields: { sport: number; dport: number; chunk: 'init' | 'cookieEcho' },
): Timed[] {
  const frame = carrier.begin(ip).sctp(fields).build();
  return [
    [0, frame],
    [ANSWER_S, unreachable(carrier, ip, frame, 'protocol')],
  ];
}

/** An echo request without data, as nmap sends it; whoever is there answers. */
export function echoProbe(
  carrier: Carrier,
  ip: IpFields,
  random: Random,
  isThere: boolean,
  bytes = 0,
): Timed[] {
  const fields = { id: random.u32() >>> 16, sequence: 0 };
  const [echo, reply] = carrier.family === 4 ? ([8, 0] as const) : ([128, 129] as const);
  const of = (fieldsOfIp: IpFields, type: number) => {
    const packet = carrier.begin(fieldsOfIp);
    const message = { ...fields, type };
    return (carrier.family === 4 ? packet.icmp(message) : packet.icmp6(message)).bytes(bytes).build();
  };
  const request: Timed = [0, of(ip, echo)];
  return isThere ? [request, [ANSWER_S, of({ src: ip.dst, dst: ip.src }, reply)]] : [request];
}

/** ICMP's word for it, with the beginning of what could not be delivered. */
export function unreachable(
  carrier: Carrier,
  ip: IpFields,
  frame: Uint8Array,
  what: 'port' | 'protocol',
): Uint8Array {
  const packet = carrier.begin({ src: ip.dst, dst: ip.src });
  const quoted = frame.slice(carrier.linkBytes);
  if (carrier.family === 4)
    return packet
      .icmp({ type: 3, code: what === 'port' ? 3 : 2, id: 0, sequence: 0 })
      .bytes(quoted.slice(0, 28))
      .build();
  const fields = what === 'port' ? { type: 1, code: 4 } : { type: 4, code: 1 };
  return packet
    .icmp6({ ...fields, id: 0, sequence: 0 })
    .bytes(quoted.slice(0, 48))
    .build();
}
