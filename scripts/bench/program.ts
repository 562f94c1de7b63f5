import { BpfObject, type BpfProgram } from 'bpf-loader-native';
import { BlockFront, filterLines, frontMemory } from '../../src/kernel/block-front.ts';
import { encodePrefix } from '../../src/kernel/decode.ts';
import { fillPorts } from '../../src/kernel/fill.ts';
import { ListMap } from '../../src/kernel/list-map.ts';
import { blockLayout, prefixLayout, tunables } from '../../src/kernel/wire.generated.ts';
import { PortSet } from '../../src/values/ports.ts';
import { NETWORK_BIT, numbered, numberedColumns, type Shape } from './sources.ts';

const OBJECT = new URL('../../build/bench.bpf.o', import.meta.url).pathname;
const ALL = 2 ** 32;
const BATCH = 65_536;

/** Programs of scripts/bench/bench.bpf.c, and where each keeps whom it blocks: the sentry in its block table or on a list. */
export type BenchProgramName = 'none' | 'parse' | 'hash' | 'trie' | 'sentry';

export type Setting = {
  readonly program: BenchProgramName;
  readonly family: 4 | 6;
  /** Blocks in force; of the sentry, in its block table or in its lists. */
  readonly blocks: number;
  readonly listed: boolean;
  readonly shape: Shape;
  /** Monitored TCP ports. */
  readonly monitored: readonly number[];
};

export type Traffic = {
  readonly packet: Uint8Array;
  /** Where the packets come from: those that are blocked, or anywhere else. */
  readonly from: 'blocked' | 'elsewhere';
  /** Sources that packets come from, of those; undefined: all. */
  readonly sources: number | undefined;
};

/** A program with its tables filled: an object of its own. */
export class BenchProgram implements Disposable {
  readonly #object: BpfObject;
  readonly #program: BpfProgram;
  readonly #setting: Setting;

  private constructor(setting: Setting) {
    const { program, blocks, listed, monitored } = setting;
    const inTable = listed ? 1 : Math.max(blocks, 1);
    this.#setting = setting;
    this.#object = BpfObject.open(OBJECT);
    this.#set(tunables.hasBuffLen.name, Uint8Array.of(1));
    this.#set(tunables.skipForwarded.name, Uint8Array.of(0));
    this.#object.setMaxEntries('xs_blocks', inTable);
    this.#object.setMaxEntries('xs_block_filter', filterLines(inTable));
    if (program === 'hash' || program === 'trie')
      this.#object.setMaxEntries(`xs_bench_plain_${program}`, inTable);
    this.#object.load();
    this.#program = this.#object.program(`xs_bench_${program}`);
    const ports = { tcp: PortSet.of(monitored), udp: new PortSet() };
    fillPorts(this.#object.map('xs_monitored').mmap(), ports);
  }

  static async make(setting: Setting): Promise<BenchProgram> {
    const made = new BenchProgram(setting);
    if (setting.blocks === 0) return made;
    if (setting.program !== 'sentry') made.#fillPlain();
    else if (setting.listed) await made.#list();
    else made.#block();
    return made;
  }

  /** Mean nanoseconds of one run. */
  run(traffic: Traffic, packets: number): number {
    this.#draw(traffic);
    return this.#program.testRun({ data: traffic.packet.slice(), repeat: packets }).durationNs;
  }

  [Symbol.dispose](): void {
    this.#object.close();
  }

  /** Struct xs_bench_draw. */
  #draw({ from, sources }: Traffic): void {
    const { blocks, shape } = this.#setting;
    const isBlocked = from === 'blocked';
    const bit = shape === 'networks' ? NETWORK_BIT : 0;
    const value = new Uint8Array(24);
    const view = new DataView(value.buffer);
    view.setBigUint64(0, BigInt(isBlocked ? 0 : blocks), true);
    view.setBigUint64(8, BigInt(sources ?? (isBlocked ? blocks : ALL - blocks)), true);
    view.setUint32(16, isBlocked ? bit : 0, true);
    view.setUint32(20, isBlocked ? 0 : bit, true);
    this.#object.map('xs_bench_draws').set(new Uint8Array(4), value);
  }

  #set(name: string, value: Uint8Array): void {
    this.#object.setTunable(name, value);
  }

  async #list(): Promise<void> {
    const { blocks, shape, family } = this.#setting;
    const lists = new ListMap(this.#object.map('xs_lists'), this.#object.map('xs_list_drops'), 0);
    await lists.set([numberedColumns(blocks, family, shape)]);
  }

  /** As the sentry does it, but for the batches: filter and table, and the filter anew when it has become too small. */
  #block(): void {
    const { blocks, shape, family } = this.#setting;
    const front = new BlockFront(
      frontMemory((name) => this.#object.map(name)),
      blocks,
      0,
    );
    this.#fill('xs_blocks', blockLayout.size, (number) => {
      const prefix = numbered(number, family, shape);
      front.admit(prefix);
      return encodePrefix(prefix);
    });
    for (const _ of front.refill(this.#all())); // all at once
  }

  #fillPlain(): void {
    const { program, shape, family } = this.#setting;
    this.#fill(`xs_bench_plain_${program}`, 4, (number) => encodePrefix(numbered(number, family, shape)));
  }

  #fill(name: string, valueSize: number, keyOf: (number: number) => Uint8Array): void {
    const { blocks } = this.#setting;
    const map = this.#object.map(name);
    for (let from = 0; from < blocks; from += BATCH) {
      const count = Math.min(BATCH, blocks - from);
      const keys = new Uint8Array(count * prefixLayout.size);
      for (let index = 0; index < count; index++) keys.set(keyOf(from + index), index * prefixLayout.size);
      map.updateBatch(keys, new Uint8Array(count * valueSize), count);
    }
  }

  *#all() {
    const { blocks, shape, family } = this.#setting;
    for (let number = 0; number < blocks; number++) yield numbered(number, family, shape);
  }
}
