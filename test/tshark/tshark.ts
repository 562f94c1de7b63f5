/** What tshark reads of the frames of a capture. */
import { spawnSync } from 'node:child_process';
import { canonicalAddress } from '../../src/values/address.ts';
import type { Reading } from './reading.ts';

const FIELDS = [
  'frame.protocols',
  'ip.src',
  'ip.dst',
  'ip.ttl',
  'ip.id',
  'ip.proto',
  'ip.frag_offset',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.hlim',
  'ipv6.nxt',
  'ipv6.hopopts.nxt',
  'ipv6.routing.nxt',
  'ipv6.fraghdr.nxt',
  'ipv6.fraghdr.offset',
  'ipv6.dstopts.nxt',
  'ah.next_header',
  'mip6.proto',
  'hip.proto',
  'shim6.nxt',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'tcp.seq_raw',
  'tcp.window_size_value',
  'tcp.hdr_len',
  'udp.srcport',
  'udp.dstport',
  'sctp.srcport',
  'sctp.dstport',
  'sctp.chunk_type',
  'icmp.type',
  'icmpv6.type',
  '_ws.expert.message',
] as const;
type Field = (typeof FIELDS)[number];
/** All occurrences of each, from the front of the frame to its end: the first one is the outermost. */
type Fields = Readonly<Record<Field, readonly string[]>>;

/** By the number of an extension header: the field that says what comes behind it. */
const NEXT = new Map<number, Field>([
  [0, 'ipv6.hopopts.nxt'],
  [43, 'ipv6.routing.nxt'],
  [44, 'ipv6.fraghdr.nxt'],
  [51, 'ah.next_header'],
  [60, 'ipv6.dstopts.nxt'],
  [135, 'mip6.proto'],
  [139, 'hip.proto'],
  [140, 'shim6.nxt'],
]);
const FRAGMENT = 44;
const TCP = 6;
const UDP = 17;
const SCTP = 132;
const ICMP = 1;
const ICMP6 = 58;
/** Echo, timestamp, information, address mask (RFC 792, RFC 950); echo (RFC 4443). */
const REQUESTS = { 'icmp.type': [8, 13, 15, 17], 'icmpv6.type': [128] } as const;

/** Each frame by itself: what is put together from several would show in the last one, and not where it came. */
const PREFERENCES = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
].flatMap((preference) => ['-o', preference]);
const OUTPUT = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=,'];
const OUTPUT_BYTES_MAX = 1 << 30;

export type Dissected = Reading & {
  /** What tshark has found, from outside to inside: `eth:ethertype:ip:tcp`. */
  readonly layers: string;
  /** What it thinks of that. */
  readonly remarks: string;
};

/** `settings`: an empty directory, in the place of the user's own settings. */
export function dissect(capture: string, settings: string): Dissected[] {
  const args = ['-n', '-r', capture, ...PREFERENCES, ...OUTPUT, ...FIELDS.flatMap((name) => ['-e', name])];
  const { status, stdout, stderr } = spawnSync('tshark', args, {
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { ...process.env, HOME: settings, WIRESHARK_CONFIG_DIR: settings },
  });
  if (status !== 0) throw new Error(`tshark ended with ${status}: ${stderr}`);
  return stdout.trimEnd().split('\n').map(readingOf);
}

function readingOf(line: string): Dissected {
  const texts = line.split('\t');
  const fields = Object.fromEntries(
    FIELDS.map((name, index) => [name, texts[index] ? texts[index].split(',') : []]),
  ) as Record<Field, string[]>;
  const layers = fields['frame.protocols'][0] ?? '';
  const found = { layers, remarks: fields['_ws.expert.message'].join() };
  const outermost = layers.split(':').find((layer) => layer === 'ip' || layer === 'ipv6');
  if (outermost === undefined) return found;
  return { ...found, ...(outermost === 'ip' ? ip4(fields) : ip6(fields)) };
}

function ip4(fields: Fields): Reading {
  const ends = { version: 4, source: address(fields['ip.src']), destination: address(fields['ip.dst']) };
  if ((number(fields['ip.frag_offset']) ?? 0) !== 0) return { ...ends, isLaterFragment: true };
  const header = { ttl: number(fields['ip.ttl']), identification: number(fields['ip.id']) };
  return { ...ends, ...header, ...transport(fields, number(fields['ip.proto']), ICMP, 'icmp.type') };
}

function ip6(fields: Fields): Reading {
  const ends = { version: 6, source: address(fields['ipv6.src']), destination: address(fields['ipv6.dst']) };
  const protocol = behindExtensions(fields);
  if (protocol === 'later fragment') return { ...ends, isLaterFragment: true };
  return { ...ends, ttl: number(fields['ipv6.hlim']), ...transport(fields, protocol, ICMP6, 'icmpv6.type') };
}

/** From one next header to the next. */
function behindExtensions(fields: Fields): number | undefined | 'later fragment' {
  const taken = new Map<Field, number>();
  const take = (field: Field) => {
    const index = taken.get(field) ?? 0;
    taken.set(field, index + 1);
    return number(fields[field].slice(index));
  };
  let next = take('ipv6.nxt');
  while (next !== undefined && NEXT.has(next)) {
    if (next === FRAGMENT && take('ipv6.fraghdr.offset') !== 0) return 'later fragment';
    next = take(NEXT.get(next)!);
  }
  return next;
}

function transport(
  fields: Fields,
  protocol: number | undefined,
  icmp: number,
  icmpType: keyof typeof REQUESTS,
): Reading {
  switch (protocol) {
    case TCP:
      return { protocol, ...ports(fields, 'tcp'), ...tcp(fields) };
    case UDP:
      return { protocol, ...ports(fields, 'udp') };
    case SCTP:
      return { protocol, ...ports(fields, 'sctp'), chunk: number(fields['sctp.chunk_type']) };
    case icmp: {
      const type = number(fields[icmpType]);
      return { protocol, request: REQUESTS[icmpType].find((request) => request === type) };
    }
    default:
      return { protocol };
  }
}

const ports = (fields: Fields, name: 'tcp' | 'udp' | 'sctp'): Reading => ({
  sourcePort: number(fields[`${name}.srcport`]),
  port: number(fields[`${name}.dstport`]),
});

function tcp(fields: Fields): Reading {
  const flags = number(fields['tcp.flags']);
  return {
    flags: flags === undefined ? undefined : flags & 0xff,
    sequence: number(fields['tcp.seq_raw']),
    window: number(fields['tcp.window_size_value']),
    headerBytes: number(fields['tcp.hdr_len']),
  };
}

const address = ([first]: readonly string[]) => (first === undefined ? undefined : canonicalAddress(first));
const number = ([first]: readonly string[]) => (first === undefined ? undefined : Number(first));
