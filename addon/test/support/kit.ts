/** The test programs of fixture/, and bytes to feed them with. */
import { fileURLToPath } from 'node:url';
import { type BpfMap, BpfObject, RingBuffer } from 'bpf-loader-native';

export const KIT_PATH = fileURLToPath(new URL('../../build/kit.bpf.o', import.meta.url));
export const NESTED_PATH = fileURLToPath(new URL('../../build/nested.bpf.o', import.meta.url));
export const REFUSED_PATH = fileURLToPath(new URL('../../build/refused.bpf.o', import.meta.url));

/** `struct record` of the program `emit`. */
export const RECORD_SIZE = 16;
/** The most records that one run of `emit` writes. */
export const MAX_EMIT = 512;
export const RING_BYTES = 64 * 1024;
/** What every record in the ring takes besides itself. */
export const HEADER_SIZE = 8;
/** No Ethernet frame is shorter; the kernel runs no XDP program on less. */
export const SMALLEST_PACKET = 14;

export function loadKit(): BpfObject {
  const object = BpfObject.open(KIT_PATH);
  object.load();
  return object;
}

export function u32(...numbers: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(numbers).buffer);
}

export function u64(...numbers: bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(numbers).buffer);
}

export function readU32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, isLittleEndian);
}

export function readU64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, isLittleEndian);
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Fills a map of 32-bit keys with 0, 1, 2, …, each with ten times itself. */
export function fill(map: BpfMap, count: number): void {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const values = map.info.valueSize === 8 ? u64(...numbers.map((n) => BigInt(n * 10))) : u32(...numbers);
  map.updateBatch(u32(...numbers), values, count);
}

/** A kit with a ring, and what has come out of it: the sequence numbers, batch by batch. */
export function openRing(maxBatch: number, onBatch: (count: number) => void = () => {}) {
  const object = loadKit();
  const program = object.program('emit');
  const batches: number[][] = [];
  const ring = new RingBuffer(object.map('events'), { recordSize: RECORD_SIZE, maxBatch }, (count) => {
    const words = new BigUint64Array(ring.buffer);
    batches.push(Array.from({ length: count }, (_, index) => Number(words[index * 2])));
    onBatch(count);
  });
  return {
    object,
    ring,
    batches,
    /** Writes `count` records, each behind an odd one if `odd`; returns how many the ring had no room for. */
    emit: (count: number, odd = false) => program.testRun({ data: u32(count, 7, odd ? 1 : 0, 0) }).verdict,
    close: () => {
      ring.close();
      object.close();
    },
  };
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
