import { BpfObject, type BpfProgram } from 'bpf-loader-native';
import { encodePrefix } from '../../src/kernel/decode.ts';
import { fillMonitored } from '../../src/kernel/fill.ts';
import { PrefixLengths } from '../../src/kernel/prefix-lengths.ts';
import { blockLayout, prefixLayout, tunables } from '../../src/kernel/wire.generated.ts';
import { PortSet } from '../../src/values/ports.ts';

const OBJECT = new URL('../../build/bench.bpf.o', import.meta.url).pathname;

export type Scenario = {
  readonly program: 'xs_bench_none' | 'xs_bench_parse' | 'xs_bench_sentry';
  readonly packet: Uint8Array;
  /** How many of the low bits of the source's first 32 are drawn at random. */
  readonly randomBits: number;
  readonly monitored?: readonly number[];
  /** Blocks every address that differs from the packet's source in no more than these low bits. */
  readonly blockedBits?: number;
};

/** One row of the benchmark: an object of its own, filled for it. */
export class BenchProgram {
  readonly #object: BpfObject;
  readonly #program: BpfProgram;
  readonly #packet: Uint8Array;

  constructor({ program, packet, randomBits, monitored = [], blockedBits }: Scenario) {
    this.#packet = packet;
    this.#object = BpfObject.open(OBJECT);
    const mask = randomBits === 32 ? 0xffff_ffff : 2 ** randomBits - 1;
    this.#object.setTunable('xs_bench_mask', new Uint8Array(new Uint32Array([mask]).buffer));
    this.#object.setTunable(tunables.hasBuffLen.name, Uint8Array.of(1));
    this.#object.setTunable(tunables.skipForwarded.name, Uint8Array.of(0));
    this.#object.load();
    this.#program = this.#object.program(program);
    fillMonitored(this.#object.map('xs_monitored').mmap(), {
      tcp: PortSet.of(monitored),
      udp: new PortSet(),
    });
    if (blockedBits !== undefined) this.#block(blockedBits);
  }

  /** Mean nanoseconds of one run. */
  run(packets: number): number {
    return this.#program.testRun({ data: this.#packet.slice(), repeat: packets }).durationNs;
  }

  close(): void {
    this.#object.close();
  }

  #block(bits: number): void {
    const lengths = new PrefixLengths(this.#object.map('xs_block_lengths').mmap());
    const count = 2 ** bits;
    const keys = new Uint8Array(count * prefixLayout.size);
    for (let index = 0; index < count; index++)
      keys.set(encodePrefix(this.#nth(index, bits)), index * prefixLayout.size);
    this.#object.map('xs_blocks').updateBatch(keys, new Uint8Array(count * blockLayout.size), count);
    lengths.use(this.#nth(0, bits));
  }

  #nth(index: number, bits: number) {
    const isIpv6 = this.#packet[12] === 0x86;
    const first = isIpv6 ? 22 : 26;
    const bytes = new Uint8Array(16);
    bytes.set(this.#packet.subarray(first, first + (isIpv6 ? 16 : 4)));
    const view = new DataView(bytes.buffer);
    const fixed = view.getUint32(0) & ~(2 ** bits - 1);
    view.setUint32(0, (fixed | index) >>> 0);
    return isIpv6 ? ({ family: 6, bytes, length: 64 } as const) : ({ family: 4, bytes, length: 32 } as const);
  }
}
