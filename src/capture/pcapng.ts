import type { ByteSource } from './bytes.ts';
import { Damage, type Frame, type Instant, MAX_CAPTURED } from './frame.ts';
import { instantOf, type TimeUnit, unitOf } from './pcapng-time.ts';

const SECTION_HEADER = 0x0a0d0d0a; // the same in both byte orders
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

/** A block's type and length before, and its length again behind. */
const BLOCK_HEAD = 8;
const BLOCK_TAIL = 4;
const SECTION_BODY = 16;
/** Blocks with frames in them are no longer: the frame, and options. All others may be as long as they like. */
const MAX_PACKET_BLOCK = 2 * MAX_CAPTURED;
/** Longer ones are damage; their options tell of nothing here but time. */
const MAX_INTERFACE_BLOCK = 65_536;
/** Interfaces that a section may have; a hostile one would have millions. */
const MAX_INTERFACES = 65_536;

const OPTION_END = 0;
const OPTION_TIME_UNIT = 9; // if_tsresol
const OPTION_TIME_OFFSET = 14; // if_tsoffset

type Interface = { readonly linkType: number; readonly snapLength: number; readonly unit: TimeUnit };

/** The file begins as a pcapng file does. */
export const isPcapng = (start: Buffer): boolean => start.readUInt32LE(0) === SECTION_HEADER;

/** Numbers of a section, which has a byte order of its own. */
type Order = {
  u16(bytes: Buffer, at: number): number;
  u32(bytes: Buffer, at: number): number;
  i64(bytes: Buffer, at: number): bigint;
};
const LITTLE: Order = {
  u16: (bytes, at) => bytes.readUInt16LE(at),
  u32: (bytes, at) => bytes.readUInt32LE(at),
  i64: (bytes, at) => bytes.readBigInt64LE(at),
};
const BIG: Order = {
  u16: (bytes, at) => bytes.readUInt16BE(at),
  u32: (bytes, at) => bytes.readUInt32BE(at),
  i64: (bytes, at) => bytes.readBigInt64BE(at),
};

/** Frames of a pcapng file (draft-ietf-opsawg-pcapng) that isPcapng() has recognised. Throws Damage. */
export function* pcapngFrames(source: ByteSource): Generator<Frame> {
  let order = LITTLE;
  let interfaces: Interface[] = [];
  let last: Instant = { seconds: 0, nanoseconds: 0 };

  while (!source.isAtEnd) {
    const { position } = source;
    const damaged = (what: string) => new Damage(`the block at byte ${position} ${what}`);
    const cut = () => new Damage(`it ends within the block at byte ${position}`);
    const head = source.peek(BLOCK_HEAD);
    if (!head) throw cut();
    if (isPcapng(head)) {
      const start = source.peek(BLOCK_HEAD + 4);
      if (!start) throw cut();
      const found = orderOf(start);
      if (!found) throw damaged('has no byte order that is known');
      order = found;
      interfaces = [];
    }
    const { u16, u32 } = order;
    const type = u32(head, 0);
    const length = u32(head, 4);
    const bodyLength = length - BLOCK_HEAD - BLOCK_TAIL;
    if (length % 4 !== 0 || bodyLength < (type === SECTION_HEADER ? SECTION_BODY : 0))
      throw damaged(`announces ${length} bytes`);

    if (![INTERFACE, OBSOLETE_PACKET, SIMPLE_PACKET, ENHANCED_PACKET].includes(type)) {
      if (!source.skip(length)) throw cut();
      continue;
    }
    if (length > (type === INTERFACE ? MAX_INTERFACE_BLOCK : MAX_PACKET_BLOCK))
      throw damaged(`announces ${length} bytes`);
    const block = source.take(length);
    if (!block) throw cut();
    if (u32(block, length - BLOCK_TAIL) !== length) throw damaged('says another length at its end');
    const body = block.subarray(BLOCK_HEAD, length - BLOCK_TAIL);

    if (type === INTERFACE) {
      if (body.length < 8) throw damaged('is too short for an interface');
      if (interfaces.length === MAX_INTERFACES)
        throw damaged(`is one of more than ${MAX_INTERFACES} interfaces`);
      interfaces.push(interfaceIn(body, order));
      continue;
    }
    const fixed = type === SIMPLE_PACKET ? 4 : 20;
    if (body.length < fixed) throw damaged('is too short for a packet');
    const number = type === SIMPLE_PACKET ? 0 : type === ENHANCED_PACKET ? u32(body, 0) : u16(body, 0);
    const its = interfaces[number];
    if (!its) throw damaged(`is of interface ${number}, which is not there`);
    const room = body.length - fixed;
    const captured = type === SIMPLE_PACKET ? Math.min(u32(body, 0), its.snapLength, room) : u32(body, 12);
    if (captured > room || captured > MAX_CAPTURED) throw damaged(`announces a packet of ${captured} bytes`);
    // A simple packet has no time: it came no earlier than the one before.
    if (type !== SIMPLE_PACKET) last = instantOf(u32(body, 4), u32(body, 8), its.unit);
    yield { linkType: its.linkType, ...last, bytes: body.subarray(fixed, fixed + captured) };
  }
}

/** Of the section that begins with these bytes. */
function orderOf(start: Buffer): Order | undefined {
  if (start.readUInt32LE(BLOCK_HEAD) === BYTE_ORDER) return LITTLE;
  return start.readUInt32BE(BLOCK_HEAD) === BYTE_ORDER ? BIG : undefined;
}

function interfaceIn(body: Buffer, { u16, u32, i64 }: Order): Interface {
  let resolution: number | undefined;
  let offset: bigint | undefined;
  for (let at = 8; at + 4 <= body.length; ) {
    const code = u16(body, at);
    const length = u16(body, at + 2);
    const value = at + 4;
    if (code === OPTION_END || value + length > body.length) break;
    if (code === OPTION_TIME_UNIT && length === 1) resolution = body[value];
    if (code === OPTION_TIME_OFFSET && length === 8) offset = i64(body, value);
    at = value + ((length + 3) & ~3);
  }
  const snapLength = u32(body, 4);
  return {
    linkType: u16(body, 0),
    snapLength: snapLength === 0 ? MAX_CAPTURED : snapLength,
    unit: unitOf(resolution, offset),
  };
}
