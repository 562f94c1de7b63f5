import type { ByteSource } from './bytes.ts';
import { Damage, type Frame, MAX_CAPTURED } from './frame.ts';

const HEADER = 24;

/** By the first four bytes, in the writer's byte order: how long a fraction of a second and a record's header are. */
const VARIANTS = new Map([
  [0xa1b2c3d4, { nsPerUnit: 1000, recordHeader: 16 }],
  [0xa1b23c4d, { nsPerUnit: 1, recordHeader: 16 }],
  /** A. Kuznetzov's patch of libpcap: interface, protocol and packet type behind each header. */
  [0xa1b2cd34, { nsPerUnit: 1000, recordHeader: 24 }],
]);

/** The file begins as a pcap file does. */
export const isPcap = (start: Buffer): boolean =>
  VARIANTS.has(start.readUInt32LE(0)) || VARIANTS.has(start.readUInt32BE(0));

/** Frames of a pcap file (draft-ietf-opsawg-pcap) that isPcap() has recognised. Throws Damage. */
export function* pcapFrames(source: ByteSource): Generator<Frame> {
  const header = source.take(HEADER);
  if (!header) throw new Damage('it ends within its header');
  const isLittle = VARIANTS.has(header.readUInt32LE(0));
  const u32 = isLittle
    ? (bytes: Buffer, at: number) => bytes.readUInt32LE(at)
    : (bytes: Buffer, at: number) => bytes.readUInt32BE(at);
  const { nsPerUnit, recordHeader } = VARIANTS.get(u32(header, 0))!;
  const linkType = u32(header, 20) & 0xffff; // the upper half tells of a checksum behind each frame

  while (!source.isAtEnd) {
    const { position } = source;
    const record = source.take(recordHeader);
    if (!record) throw new Damage(`it ends within a record, which begins at byte ${position}`);
    const seconds = u32(record, 0);
    const fraction = u32(record, 4) * nsPerUnit;
    const length = u32(record, 8);
    if (length > MAX_CAPTURED) throw new Damage(`the record at byte ${position} announces ${length} bytes`);
    const bytes = source.take(length);
    if (!bytes) throw new Damage(`it ends within a record, which begins at byte ${position}`);
    // A fraction of more than a second is nobody's but a broken writer's.
    yield {
      linkType,
      seconds: seconds + Math.floor(fraction / 1e9),
      nanoseconds: fraction % 1e9,
      bytes,
    };
  }
}
