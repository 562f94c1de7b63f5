/** Captures as bytes, written from what is in them. */
import { be16, be32 } from '../../scripts/packets/layer.ts';
import { instantOf, type Shot } from '../../scripts/packets/shot.ts';

export { EPOCH, type Shot } from '../../scripts/packets/shot.ts';

export const ETHERNET = 1;

type Writer = {
  readonly u16: (value: number) => number[];
  readonly u32: (value: number) => number[];
};

const writers = {
  big: { u16: (value) => [...be16(value)], u32: (value) => [...be32(value)] },
  little: { u16: (value) => [...be16(value)].reverse(), u32: (value) => [...be32(value)].reverse() },
} as const satisfies Record<string, Writer>;

export type PcapFields = {
  readonly linkType?: number;
  readonly order?: keyof typeof writers;
  readonly unit?: 'micro' | 'nano';
  /** With the longer headers of A. Kuznetzov's libpcap. */
  readonly isModified?: boolean;
};

/** A pcap file. */
export function pcap(shots: readonly Shot[], fields: PcapFields = {}): Uint8Array {
  const { linkType = ETHERNET, order = 'little', unit = 'micro', isModified = false } = fields;
  const { u16, u32 } = writers[order];
  const magic = isModified ? 0xa1b2cd34 : unit === 'nano' ? 0xa1b23c4d : 0xa1b2c3d4;
  const head = [u32(magic), u16(2), u16(4), u32(0), u32(0), u32(262_144), u32(linkType)];
  const records = shots.map(({ at, frame }) => {
    const { seconds, nanoseconds } = instantOf(at);
    const fraction = unit === 'nano' ? nanoseconds : Math.round(nanoseconds / 1000);
    const rest = isModified ? [u32(1), u16(0x0800), [0, 0]] : [];
    return [u32(seconds), u32(fraction), u32(frame.length), u32(frame.length), ...rest, [...frame]].flat();
  });
  return Uint8Array.from([...head, ...records].flat());
}

/** Blocks of pcapng, of one byte order. */
export function pcapngBlocks(order: keyof typeof writers = 'little') {
  const { u16, u32 } = writers[order];
  const padded = (bytes: Iterable<number>): number[] => {
    const all = [...bytes];
    while (all.length % 4 !== 0) all.push(0);
    return all;
  };
  const option = (code: number, value: readonly number[]) => [
    ...u16(code),
    ...u16(value.length),
    ...padded(value),
  ];
  const block = (type: number, body: readonly number[]): number[] => {
    const length = u32(12 + body.length);
    return [...u32(type), ...length, ...body, ...length];
  };
  const u64 = (value: bigint) => {
    const halves = [u32(Number(value >> 32n)), u32(Number(value & 0xffff_ffffn))];
    return (order === 'little' ? halves.reverse() : halves).flat();
  };
  const stamp = (units: bigint) => [...u32(Number(units >> 32n)), ...u32(Number(units & 0xffff_ffffn))];
  return {
    block,
    option,
    section: () =>
      block(0x0a0d0d0a, [...u32(0x1a2b3c4d), ...u16(1), ...u16(0), ...u32(0xffff_ffff), ...u32(0xffff_ffff)]),
    /** `offset`: seconds. */
    interface({ linkType = ETHERNET, snapLength = 0, resolution, offset }: InterfaceFields = {}) {
      const options = [
        ...option(2, [...Buffer.from('eth0')]),
        ...(resolution === undefined ? [] : option(9, [resolution])),
        ...(offset === undefined ? [] : option(14, u64(offset))),
        ...option(0, []),
      ];
      return block(1, [...u16(linkType), ...u16(0), ...u32(snapLength), ...options]);
    },
    enhanced: (frame: Uint8Array, units: bigint, interfaceNumber = 0) =>
      block(6, [
        ...u32(interfaceNumber),
        ...stamp(units),
        ...u32(frame.length),
        ...u32(frame.length),
        ...padded(frame),
        ...option(1, [...Buffer.from('a comment')]),
        ...option(0, []),
      ]),
    obsolete: (frame: Uint8Array, units: bigint, interfaceNumber = 0) =>
      block(2, [
        ...u16(interfaceNumber),
        ...u16(0),
        ...stamp(units),
        ...u32(frame.length),
        ...u32(frame.length),
        ...padded(frame),
      ]),
    simple: (frame: Uint8Array, originalLength = frame.length) =>
      block(3, [...u32(originalLength), ...padded(frame)]),
  };
}

export type InterfaceFields = {
  readonly linkType?: number;
  readonly snapLength?: number;
  readonly resolution?: number;
  readonly offset?: bigint;
};

/** A pcapng file with one interface. */
export function pcapng(shots: readonly Shot[], fields: InterfaceFields = {}): Uint8Array {
  const blocks = pcapngBlocks();
  const frames = shots.map(({ at, frame }) => {
    const { seconds, nanoseconds } = instantOf(at);
    return blocks.enhanced(frame, BigInt(seconds) * 1_000_000n + BigInt(Math.round(nanoseconds / 1000)));
  });
  return Uint8Array.from([blocks.section(), blocks.interface(fields), ...frames].flat());
}
