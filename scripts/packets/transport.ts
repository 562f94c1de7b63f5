import { crc32c, transportChecksum } from './checksum.ts';
import { be16, be32, concat, type IpAddresses, type Layer } from './layer.ts';

export type TcpFields = {
  readonly sport?: number;
  readonly dport?: number;
  /** Letters of CWR, ECE, URG, ACK, PSH, RST, SYN, FIN (`'SA'`, `'FPU'`, `''`), or the raw byte. */
  readonly flags?: string | number;
  /** Without it, one of the sender's own. */
  readonly seq?: number;
  readonly ack?: number;
  /** Header length in 4-byte words. */
  readonly doff?: number;
  readonly window?: number;
  /** Option bytes; filled up to whole words with zeros. */
  readonly options?: readonly number[];
};

export type UdpFields = {
  readonly sport?: number;
  readonly dport?: number;
  readonly length?: number;
};

export type SctpFields = {
  readonly sport?: number;
  readonly dport?: number;
  readonly chunk?: keyof typeof sctpChunks;
};

/** An echo request, unless the fields say otherwise; `id` and `sequence` are the second half of the header, whatever it means there. */
export type IcmpFields = {
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  readonly sequence?: number;
};

const SPORT = 40_000;
const DPORT = 11; // systat: nobody serves it any more
const FLAG_LETTERS = 'FSRPAUEC';

/** The flags byte of `'FPU'`. */
export function tcpFlags(letters: string): number {
  let byte = 0;
  for (const letter of letters) {
    const bit = FLAG_LETTERS.indexOf(letter);
    if (bit < 0) throw new RangeError(`"${letter}" is no TCP flag`);
    byte |= 1 << bit;
  }
  return byte;
}

/** No two hosts begin with the same number (RFC 6528), unless one sends in the name of the other. */
const ownSequence = (ip: IpAddresses | undefined): number =>
  [...(ip?.src ?? [])].reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 1);

/** TCP (RFC 9293). */
export function tcpLayer(fields: TcpFields): Layer {
  const flags = typeof fields.flags === 'number' ? fields.flags : tcpFlags(fields.flags ?? 'S');
  const options = [...(fields.options ?? [])];
  while (options.length % 4 !== 0) options.push(0);
  const doff = fields.doff ?? 5 + options.length / 4;
  const headerFrom = (ip: IpAddresses | undefined) =>
    concat(
      be16(fields.sport ?? SPORT),
      be16(fields.dport ?? DPORT),
      be32(fields.seq ?? ownSequence(ip)),
      be32(fields.ack ?? 0),
      [doff << 4, flags],
      be16(fields.window ?? 64_240),
      [0, 0, 0, 0],
      options,
    );
  return summedLayer(6, headerFrom, 16);
}

/** UDP (RFC 768). */
export function udpLayer(fields: UdpFields): Layer {
  return {
    protocol: 17,
    encode: (around) => {
      const length = fields.length ?? 8 + around.payload.length;
      const ports = [...be16(fields.sport ?? SPORT), ...be16(fields.dport ?? DPORT)];
      const segment = concat(ports, be16(length), [0, 0], around.payload);
      const sum = transportChecksum(around.ip, 17, segment);
      segment.set(be16(sum === 0 ? 0xffff : sum), 6); // 0 would mean: no checksum
      return segment;
    },
  };
}

/** ICMP (RFC 792). Its checksum knows no pseudo header. */
export function icmpLayer(fields: IcmpFields): Layer {
  return {
    protocol: 1,
    encode: (around) => {
      const message = concat(icmpHeader(fields, 8), around.payload);
      message.set(be16(transportChecksum(undefined, 1, message)), 2);
      return message;
    },
  };
}

/** ICMPv6 (RFC 4443). */
export const icmp6Layer = (fields: IcmpFields): Layer =>
  summedLayer(58, () => Uint8Array.from(icmpHeader(fields, 128)), 2);

const icmpHeader = ({ type, code = 0, id = 1, sequence = 1 }: IcmpFields, echo: number): number[] => [
  ...[type ?? echo, code, 0, 0],
  ...be16(id),
  ...be16(sequence),
];

/** With their flags, lengths and values (RFC 9260): of INIT a tag, a window, streams and a number; of COOKIE ECHO a cookie of nobody's. */
const sctpChunks = {
  init: concat([1, 0, 0, 20], be32(1), be32(65_536), be16(1), be16(1), be32(1)),
  cookieEcho: concat([10, 0, 0, 8], be32(0x5a5a5a5a)),
} as const;

/** SCTP's common header with a chunk (RFC 9260). */
export function sctpLayer(fields: SctpFields): Layer {
  const ports = [...be16(fields.sport ?? SPORT), ...be16(fields.dport ?? DPORT)];
  const chunk = sctpChunks[fields.chunk ?? 'init'];
  return {
    protocol: 132,
    encode: (around) => {
      const packet = concat(ports, be32(0), be32(0), chunk, around.payload);
      new DataView(packet.buffer).setUint32(8, crc32c(packet), true);
      return packet;
    },
  };
}

/** A header whose checksum, at `sumAt`, covers it, its payload and the pseudo header. */
function summedLayer(
  protocol: number,
  headerFrom: (ip: IpAddresses | undefined) => Uint8Array,
  sumAt: number,
): Layer {
  return {
    protocol,
    encode: (around) => {
      const segment = concat(headerFrom(around.ip), around.payload);
      segment.set(be16(transportChecksum(around.ip, protocol, segment)), sumAt);
      return segment;
    },
  };
}
