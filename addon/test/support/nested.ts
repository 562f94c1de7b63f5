/** Maps in maps: the program `look` of fixture/nested.bpf.c, and what to put before its eyes. */
import { BpfMap, BpfObject, type BpfProgram, MAP_FLAG_INNER_MAP } from 'bpf-loader-native';
import { NESTED_PATH, range, SMALLEST_PACKET, u32, u64 } from './kit.ts';

/** What `look` returns when the slot is empty, and when the inner map has no such key. */
export const NO_MAP = 0xffff_ffff;
export const NO_ENTRY = 0xffff_fffe;

export const LINE_WORDS = 8;
export const LINE_SIZE = LINE_WORDS * 8;

export function loadNested(): BpfObject {
  const object = BpfObject.open(NESTED_PATH);
  object.load();
  return object;
}

/** The outer map of that name, and what the program sees of it. */
export function openNested(outerName: 'outer' | 'outer_hash' = 'outer') {
  const object = loadNested();
  const outer = object.map(outerName);
  const program = object.program(outerName === 'outer' ? 'look' : 'look_in_hash');
  object.close();
  return { outer, look: (slot: number, key: number) => lookThrough(program, slot, key) };
}

export function lookThrough(program: BpfProgram, slot: number, key: number): number {
  const packet = new Uint8Array(SMALLEST_PACKET);
  packet.set(u32(slot, key));
  return program.testRun({ data: packet }).verdict;
}

/** An inner map that fits into `outer`. The program sees `first`, `first + 1`, … in it. */
export function makeLines(count: number, first = 0): BpfMap {
  const map = BpfMap.create({
    type: 'array',
    name: 'lines',
    keySize: 4,
    valueSize: LINE_SIZE,
    maxEntries: count,
    flags: MAP_FLAG_INNER_MAP,
  });
  const words = range(count).flatMap((line) => [...Array(LINE_WORDS - 1).fill(0n), BigInt(first + line)]);
  map.updateBatch(u32(...range(count)), u64(...words), count);
  return map;
}
