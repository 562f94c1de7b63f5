import { isIPv6 } from 'node:net';

const TCP = 6;
const SYN = 0x02;
/** Ethernet's least, without the checksum that the hardware adds. */
const LEAST_BYTES = 60;

export type SynOptions = {
  /** Addresses of the same family, in full or with `::`. */
  readonly source: string;
  readonly target: string;
  readonly port: number;
  /** Link-layer address of the target: 02:00:00:00:00:0a */
  readonly station: string;
};

/** An Ethernet frame with a TCP SYN, right in every checksum: what a scanner sends, and a stack answers. */
export function synFrame({ source, target, port, station }: SynOptions): Uint8Array {
  const ipv6 = isIPv6(source);
  const [from, to] = [addressBytes(source), addressBytes(target)];
  const tcp = tcpSyn(port);
  const pseudo = [...from, ...to, ...word(0), ...word(tcp.length), ...word(0), ...word(TCP)];
  tcp.set(word(checksum([...pseudo, ...tcp])), 16);
  const ip = ipv6
    ? [0x60, 0, 0, 0, ...word(tcp.length), TCP, 64, ...from, ...to]
    : ipv4Header(from, to, tcp.length);
  const ethernet = [...hex(station), ...hex('02:00:00:00:00:0b'), ...word(ipv6 ? 0x86dd : 0x0800)];
  const frame = Uint8Array.from([...ethernet, ...ip, ...tcp]);
  const padded = new Uint8Array(Math.max(frame.length, LEAST_BYTES));
  padded.set(frame);
  return padded;
}

function tcpSyn(port: number): Uint8Array {
  const ports = [...word(50_000), ...word(port)];
  const sequence = [0, 0, 0, 1, 0, 0, 0, 0];
  return Uint8Array.from([...ports, ...sequence, 0x50, SYN, ...word(1024), 0, 0, 0, 0]);
}

function ipv4Header(from: readonly number[], to: readonly number[], payload: number): number[] {
  const header = [0x45, 0, ...word(20 + payload), 0, 0, 0, 0, 64, TCP, 0, 0, ...from, ...to];
  header.splice(10, 2, ...word(checksum(header)));
  return header;
}

/** RFC 1071, of an even number of bytes. */
export function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** In network byte order. */
export function addressBytes(address: string): number[] {
  if (!isIPv6(address)) return address.split('.').map(Number);
  const [head, tail] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = tail ? Array<string>(8 - head!.length - tail.length).fill('0') : [];
  return [...head!, ...zeros, ...(tail ?? [])].flatMap((group) => word(Number.parseInt(group, 16)));
}

const word = (number: number): [number, number] => [number >>> 8, number & 0xff];
const hex = (text: string): number[] => text.split(':').map((byte) => Number.parseInt(byte, 16));
