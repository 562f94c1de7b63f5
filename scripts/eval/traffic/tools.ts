import { ip4Bytes } from '../../packets/address.ts';
import { be16, be32 } from '../../packets/layer.ts';
import type { Random } from '../../packets/random.ts';
import { type TcpFields, tcpFlags } from '../../packets/transport.ts';
import type { IpFields } from './carriers.ts';

/** Where a probe goes, and with which flags. */
export type Target = {
  readonly src: string;
  readonly dst: string;
  readonly port: number;
  readonly flags: string;
};
export type TcpProbe = { readonly ip: IpFields; readonly tcp: TcpFields };

/** A run of a scanner: what it puts into the headers of its probes, one after the other. */
export type Run = (target: Target) => TcpProbe;

const MSS_1460 = [2, 4, ...be16(1460)];
const MSS_536 = [2, 4, ...be16(536)];
/** Window scale 8 and SACK, as Windows sends them. */
const WINDOWS_OPTIONS = [...MSS_1460, 1, 3, 3, 8, 1, 1, 4, 2];
/** Hops that a packet has had behind it when it comes. */
const HOPS = 12;

const u16 = (random: Random): number => random.u32() >>> 16;
const ephemeral = (random: Random): number => 32_768 + random.below(28_232);

/** nmap's own packets: one source port and one sequence number for the whole run, and a TTL of 37 to 59 each time (scan_engine_raw.cc, tcpip.cc). */
export function nmap(random: Random): Run {
  const sport = 33_000 + random.below(32_000);
  const seq = random.u32();
  return ({ src, dst, port, flags }) => ({
    ip: { src, dst, ttl: 37 + random.below(23), id: u16(random) },
    tcp: {
      ...{ sport, dport: port, flags, seq, window: 1024 },
      ack: (tcpFlags(flags) & tcpFlags('A')) === 0 ? 0 : random.u32(),
      options: flags === 'S' ? MSS_1460 : [],
    },
  });
}

/** connect() of Linux: what any client sends. */
export function linux(random: Random): Run {
  let sport = ephemeral(random);
  let clock = random.u32();
  return ({ src, dst, port, flags }) => {
    sport = 32_768 + ((sport - 32_768 + 2) % 28_232);
    clock = (clock + 1) >>> 0;
    return {
      ip: { src, dst, ttl: 64 - HOPS, id: u16(random), dontFragment: true },
      tcp: {
        ...{ sport, dport: port, flags, seq: random.u32(), window: 64_240 },
        options: [...MSS_1460, 4, 2, 8, 10, ...be32(clock), ...be32(0), 1, 3, 3, 7],
      },
    };
  };
}

type MasscanFields = {
  readonly window: number;
  readonly options: readonly number[];
  /** The address that masscan has sent to, where something on the way has changed it since. */
  readonly publicAddress?: string;
};

/** One source port a run, a cookie for a sequence number, and an identification that is made of address, port and cookie (templ-pkt.c). */
const masscan =
  ({ window, options, publicAddress }: MasscanFields) =>
  (random: Random): Run => {
    const sport = 40_000 + random.below(20_000);
    return ({ src, dst, port, flags }) => {
      const seq = random.u32();
      const address = ip4Bytes(publicAddress ?? dst);
      const id = (((address[2]! << 8) | address[3]!) ^ port ^ seq) & 0xffff;
      return {
        ip: { src, dst, ttl: 255 - HOPS, id },
        tcp: { sport, dport: port, flags, seq, window, options },
      };
    };
  };

/** Up to 4.0 with one identification for everything, later a random one and the options of Windows. */
const zmap =
  ({ id, options }: { id: number | undefined; options: readonly number[] }) =>
  (random: Random): Run =>
  ({ src, dst, port, flags }) => ({
    ip: { src, dst, ttl: 255 - HOPS, id: id ?? u16(random) },
    tcp: {
      ...{ sport: ephemeral(random), dport: port, flags, seq: random.u32(), window: 65_535 },
      options,
    },
  });

/** Sends the address that it tries as the sequence number. */
const mirai =
  (random: Random): Run =>
  ({ src, dst, port, flags }) => ({
    ip: { src, dst, ttl: 64 - HOPS, id: u16(random) },
    tcp: {
      ...{ sport: 1024 + random.below(64_511), dport: port, flags, window: u16(random) },
      seq: numberOf(dst),
    },
  });

/**
 * Its sequence number is a key of the run, xored with address and ports (tcphash.h, send_packet.c): the bytes of the address the wrong way round, for they are
 * taken as a number of a little-endian machine. A Cisco router's window.
 */
const unicornscan = (random: Random): Run => {
  const key = random.u32();
  return ({ src, dst, port, flags }) => {
    const sport = ephemeral(random);
    return {
      ip: { src, dst, ttl: 255 - HOPS, id: u16(random) },
      tcp: {
        ...{ sport, dport: port, flags, window: 4128, options: MSS_536 },
        seq: (key ^ reversedNumberOf(dst) ^ ((port << 16) + sport)) >>> 0,
      },
    };
  };
};

/** Counts its source ports up, and has a window of 512. */
export function hping3(random: Random): Run {
  let sport = 1024 + random.below(2000);
  return ({ src, dst, port, flags }) => ({
    ip: { src, dst, ttl: 64 - HOPS, id: u16(random) },
    tcp: { sport: sport++, dport: port, flags, seq: random.u32(), ack: random.u32(), window: 512 },
  });
}

const numberOf = (address: string): number => Buffer.from(ip4Bytes(address)).readUInt32BE(0);
const reversedNumberOf = (address: string): number => Buffer.from(ip4Bytes(address)).readUInt32LE(0);

const WEB_ADDRESS = '192.0.2.200';

/** Scanners by the names that people know them by, and how to tell those that have several looks. */
export const fingerprints: readonly {
  readonly tool: string;
  readonly look: string;
  readonly run: (random: Random) => Run;
  /** Tries one port at each of many hosts, as it is used. */
  readonly sweeps?: true;
}[] = [
  { tool: 'nmap', look: '-sS', run: nmap },
  { tool: 'masscan', look: 'window 1024, no options', run: masscan({ window: 1024, options: [] }) },
  { tool: 'masscan', look: 'window 1025, MSS', run: masscan({ window: 1025, options: MSS_1460 }) },
  {
    tool: 'masscan',
    look: 'behind NAT',
    run: masscan({ window: 1025, options: MSS_1460, publicAddress: WEB_ADDRESS }),
  },
  { tool: 'zmap', look: '4.0', run: zmap({ id: 54_321, options: [] }), sweeps: true },
  { tool: 'zmap', look: '4.1', run: zmap({ id: undefined, options: WINDOWS_OPTIONS }), sweeps: true },
  { tool: 'mirai', look: 'telnet', run: mirai, sweeps: true },
  { tool: 'unicornscan', look: '-mT', run: unicornscan },
  { tool: 'hping3', look: '--scan', run: hping3 },
];
