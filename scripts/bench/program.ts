import { BpfObject, type BpfProgram } from 'bpf-loader-native';
import { BlockFront, filterLines } from '../../src/kernel/block-front.ts';
import { encodePrefix } from '../../src/kernel/decode.ts';
import { fillMonitored } from '../../src/kernel/fill.ts';
import { blockLayout, prefixLayout, tunables } from '../../src/kernel/wire.generated.ts';
import { PortSet } from '../../src/values/ports.ts';
import { NETWORK_BIT, numbered, type Shape } from './sources.ts';

const OBJECT = new URL('../../build/bench.bpf.o', import.meta.url).pathname;
const ALL = 2 ** 32;
const BATCH = 65_536;

export type Scenario = {
  readonly program: 'xs_bench_none' | 'xs_bench_parse' | 'xs_bench_sentry';
  readonly packet: Uint8Array;
  /** Blocks in force, and where the packets come from: one of them, or anywhere else. */
  readonly blocks: number;
  readonly shape: Shape;
  readonly from: 'blocked' | 'elsewhere';
  /** Sources that packets come from, of those; default: all. */
  readonly sources?: number;
  readonly monitored?: readonly number[];
};

/** One row of the benchmark: an object of its own, filled for it. */
export class BenchProgram {
  readonly #object: BpfObject;
  readonly #program: BpfProgram;
  readonly #scenario: Scenario;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#object = BpfObject.open(OBJECT);
    this.#draw();
    this.#set(tunables.hasBuffLen.name, Uint8Array.of(1));
    this.#set(tunables.skipForwarded.name, Uint8Array.of(0));
    this.#object.setMaxEntries('xs_blocks', Math.max(scenario.blocks, 1));
    this.#object.setMaxEntries('xs_block_filter', filterLines(scenario.blocks));
    this.#object.load();
    this.#program = this.#object.program(scenario.program);
    fillMonitored(this.#object.map('xs_monitored').mmap(), {
      tcp: PortSet.of(scenario.monitored ?? []),
      udp: new PortSet(),
    });
    this.#block();
  }

  /** Mean nanoseconds of one run. */
  run(packets: number): number {
    return this.#program.testRun({ data: this.#scenario.packet.slice(), repeat: packets }).durationNs;
  }

  close(): void {
    this.#object.close();
  }

  #draw(): void {
    const { blocks, shape, from, sources } = this.#scenario;
    const first = from === 'blocked' ? 0 : blocks;
    const span = sources ?? (from === 'blocked' ? blocks : ALL - blocks);
    this.#set('xs_bench_first', new Uint8Array(new BigUint64Array([BigInt(first)]).buffer));
    this.#set('xs_bench_span', new Uint8Array(new BigUint64Array([BigInt(span)]).buffer));
    if (shape === 'networks') {
      const name = from === 'blocked' ? 'xs_bench_set' : 'xs_bench_clear';
      this.#set(name, new Uint8Array(new Uint32Array([NETWORK_BIT]).buffer));
    }
  }

  #set(name: string, value: Uint8Array): void {
    this.#object.setTunable(name, value);
  }

  #block(): void {
    const { blocks, shape, packet } = this.#scenario;
    const family = packet[12] === 0x86 ? 6 : 4;
    const front = new BlockFront(
      {
        front: this.#object.map('xs_block_front').mmap(),
        filter: this.#object.map('xs_block_filter').mmap(),
        vicinities: this.#object.map('xs_block_vicinities').mmap(),
        lengths: this.#object.map('xs_block_lengths').mmap(),
        epoch: this.#object.map('xs_epoch').mmap(),
      },
      Math.max(blocks, 1),
      0,
    );
    const map = this.#object.map('xs_blocks');
    for (let from = 0; from < blocks; from += BATCH) {
      const count = Math.min(BATCH, blocks - from);
      const keys = new Uint8Array(count * prefixLayout.size);
      for (let index = 0; index < count; index++) {
        const prefix = numbered(from + index, family, shape);
        front.admit(prefix);
        keys.set(encodePrefix(prefix), index * prefixLayout.size);
      }
      map.updateBatch(keys, new Uint8Array(count * blockLayout.size), count);
    }
    const prefixes = Array.from({ length: blocks }, (_, index) => numbered(index, family, shape));
    for (const _ of front.refill(prefixes)); // as the sentry does when the filter has become too small
  }
}
