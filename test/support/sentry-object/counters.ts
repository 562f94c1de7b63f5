import type { BpfMap } from 'bpf-loader-native';
import { counterLayout, kind, lost, outcome, proto } from '../../../src/kernel/wire.generated.ts';
import { kindName, type LostName, lostName, type OutcomeName, outcomeName, protoName } from './names.ts';
import { decodeRecord, encodeNumber } from './record.ts';

/** By how much each counter moved; what stood still is left out. */
export type Movement = {
  readonly outcomes: readonly {
    readonly name: OutcomeName;
    readonly packets: bigint;
    readonly bytes: bigint;
  }[];
  /** `TCP SYN` → how many. */
  readonly probes: Readonly<Record<string, number>>;
  /** `TCP 22` → how many. */
  readonly ports: Readonly<Record<string, number>>;
  readonly lost: Partial<Record<LostName, number>>;
};

type State = {
  readonly packets: bigint[];
  readonly bytes: bigint[];
  readonly probes: bigint[];
  readonly losses: bigint[];
};

const PORTS = 65_536;
const BLOCK_BYTES = 16_384;

/** All counters of the program, and where they stood when last looked at. */
export class Counters {
  readonly #outcomes: BpfMap;
  readonly #probes: BpfMap;
  readonly #losses: BpfMap;
  readonly #ports: MovingWords;
  #last: State | undefined;

  constructor(map: (name: string) => BpfMap) {
    this.#outcomes = map('xs_outcomes');
    this.#probes = map('xs_probes');
    this.#losses = map('xs_losses');
    this.#ports = new MovingWords(map('xs_port_probes').mmap());
    this.moved();
  }

  /** What moved since the last call. */
  moved(): Movement {
    const now = this.#read();
    const last = this.#last ?? now;
    this.#last = now;
    const movedIndexes = [...now.packets.keys()].filter(
      (index) => now.packets[index] !== last.packets[index] || now.bytes[index] !== last.bytes[index],
    );
    return {
      outcomes: movedIndexes.map((index) => ({
        name: outcomeName(index),
        packets: now.packets[index]! - last.packets[index]!,
        bytes: now.bytes[index]! - last.bytes[index]!,
      })),
      probes: differences(last.probes, now.probes, probeName),
      ports: this.#ports.moved(portName),
      lost: differences(last.losses, now.losses, lostName),
    };
  }

  #read(): State {
    const counters = perCpu(this.#outcomes, outcome.MAX).map((values) =>
      values.map((value) => decodeRecord(counterLayout, value)),
    );
    return {
      packets: counters.map((values) => sum(values.map((value) => value.packets))),
      bytes: counters.map((values) => sum(values.map((value) => value.bytes))),
      probes: perCpu(this.#probes, proto.MAX * kind.MAX).map((values) => sum(values.map((v) => u64s(v)[0]!))),
      losses: perCpu(this.#losses, lost.MAX).map((values) => sum(values.map((v) => u64s(v)[0]!))),
    };
  }
}

/** Shared memory of 64-bit counters, too many to look at one by one: blocks that stand still are passed over. */
class MovingWords {
  readonly #live: Buffer;
  readonly #last: Buffer;

  constructor(memory: ArrayBuffer) {
    this.#live = Buffer.from(memory);
    this.#last = Buffer.from(this.#live);
  }

  moved(name: (index: number) => string): Record<string, number> {
    const moved: Record<string, number> = {};
    for (let at = 0; at < this.#live.length; at += BLOCK_BYTES) {
      const [last, live] = [this.#last, this.#live].map((all) => all.subarray(at, at + BLOCK_BYTES));
      if (live!.equals(last!)) continue;
      Object.assign(
        moved,
        differences(u64s(last!), u64s(live!), (index) => name(at / 8 + index)),
      );
      live!.copy(last!);
    }
    return moved;
  }
}

const probeName = (index: number) =>
  `${protoName(Math.floor(index / kind.MAX))} ${kindName(index % kind.MAX)}`;
const portName = (index: number) => `${protoName(Math.floor(index / PORTS))} ${index % PORTS}`;

/** Of each of the first `count` entries, the value of each CPU. */
export function perCpu(map: BpfMap, count: number): Uint8Array[][] {
  const stride = Math.ceil(map.info.valueSize / 8) * 8;
  return Array.from({ length: count }, (_, index) => {
    const all = map.get(encodeNumber(4, index))!;
    return Array.from({ length: all.length / stride }, (_, cpu) =>
      all.slice(cpu * stride, (cpu + 1) * stride),
    );
  });
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function u64s(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
}

function differences<N extends string>(
  before: ArrayLike<bigint>,
  now: ArrayLike<bigint>,
  name: (index: number) => N,
): Record<N, number> {
  const moved = {} as Record<N, number>;
  for (let index = 0; index < now.length; index++) {
    if (before[index] !== now[index]) moved[name(index)] = Number(now[index]! - before[index]!);
  }
  return moved;
}
