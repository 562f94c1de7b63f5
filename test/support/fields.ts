/** What stands in a frame of Ethernet, read without the help of what has written it: IPv4 or IPv6 behind any tags and extension headers. */
export type Fields = {
  readonly family: 4 | 6;
  readonly tags: readonly number[];
  /** As numbers: of IPv4 the whole, of IPv6 the last four bytes. */
  readonly src: number;
  readonly dst: number;
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly id: number;
  readonly dontFragment: boolean;
  /** In 8-byte units. */
  readonly offset: number;
  readonly more: boolean;
  readonly extensions: readonly number[];
  readonly protocol: number;
  /** What IP carries. */
  readonly payload: Buffer;
  /** The same as TCP or UDP. */
  readonly sport: number;
  readonly dport: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  readonly options: Buffer;
};

const TAGS = [0x8100, 0x88a8];
const EXTENSIONS = [0, 43, 44, 60];
const FRAGMENT = 44;

/** Throws a RangeError for what is no IP. */
export function fieldsOf(frame: Uint8Array): Fields {
  const bytes = Buffer.from(frame);
  const tags: number[] = [];
  let at = 12;
  for (; TAGS.includes(bytes.readUInt16BE(at)); at += 4) tags.push(bytes.readUInt16BE(at + 2) & 0xfff);
  const type = bytes.readUInt16BE(at);
  if (type !== 0x0800 && type !== 0x86dd) throw new RangeError(`ethertype ${type.toString(16)} is no IP`);
  const ip = bytes.subarray(at + 2);
  const found = type === 0x0800 ? ip4(ip) : ip6(ip);
  return { ...found, tags, ...transport(found.payload) };
}

function ip4(ip: Buffer) {
  const word = ip.readUInt16BE(6);
  return {
    family: 4 as const,
    source: ip.subarray(12, 16).join('.'),
    destination: ip.subarray(16, 20).join('.'),
    src: ip.readUInt32BE(12),
    dst: ip.readUInt32BE(16),
    ttl: ip[8]!,
    id: ip.readUInt16BE(4),
    dontFragment: (word & 0x4000) !== 0,
    more: (word & 0x2000) !== 0,
    offset: word & 0x1fff,
    extensions: [],
    protocol: ip[9]!,
    payload: ip.subarray((ip[0]! & 15) * 4, ip.readUInt16BE(2)),
  };
}

function ip6(ip: Buffer) {
  const extensions: number[] = [];
  let [next, at, id, offset, more] = [ip[6]!, 40, 0, 0, false];
  for (
    ;
    EXTENSIONS.includes(next);
    next = ip[at]!, at += 8 * (extensions.at(-1) === FRAGMENT ? 1 : ip[at + 1]! + 1)
  ) {
    extensions.push(next);
    if (next === FRAGMENT) {
      [offset, more, id] = [ip.readUInt16BE(at + 2) >> 3, (ip[at + 3]! & 1) === 1, ip.readUInt32BE(at + 4)];
    }
    if (next === FRAGMENT && offset > 0) {
      next = ip[at]!;
      at += 8;
      break;
    }
  }
  const groups = (from: number) => ip.subarray(from, from + 16).toString('hex');
  return {
    family: 6 as const,
    source: groups(8),
    destination: groups(24),
    src: ip.readUInt32BE(20),
    dst: ip.readUInt32BE(36),
    ttl: ip[7]!,
    ...{ id, offset, more, extensions },
    dontFragment: false,
    protocol: next,
    payload: ip.subarray(at, 40 + ip.readUInt16BE(4)),
  };
}

function transport(payload: Buffer) {
  const has = (bytes: number) => payload.length >= bytes;
  const end = has(13) ? (payload[12]! >> 4) * 4 : 0;
  return {
    sport: has(4) ? payload.readUInt16BE(0) : 0,
    dport: has(4) ? payload.readUInt16BE(2) : 0,
    seq: has(8) ? payload.readUInt32BE(4) : 0,
    ack: has(12) ? payload.readUInt32BE(8) : 0,
    flags: has(14) ? payload[13]! : 0,
    window: has(16) ? payload.readUInt16BE(14) : 0,
    options: payload.subarray(20, Math.max(20, end)),
  };
}
