/** The XDP program itself, loaded for a test and run on single packets with BPF_PROG_TEST_RUN. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { type BpfMap, BpfObject, type BpfProgram, RingBuffer, supportsHelper } from 'bpf-loader-native';
import type { Packet } from '../../scripts/packets/packet.ts';
import { filterLines } from '../../src/kernel/block-front.ts';
import { door, eventLayout, tunables } from '../../src/kernel/wire.generated.ts';
import { Counters, type Movement } from './sentry-object/counters.ts';
import { decodeEvent, type SentryEvent } from './sentry-object/event.ts';
import { type OutcomeName, type VerdictName, verdictName } from './sentry-object/names.ts';
import { encodeNumber } from './sentry-object/record.ts';
import { Tables } from './sentry-object/tables.ts';

const OBJECT = fileURLToPath(new URL('../../build/xdpsentry.bpf.o', import.meta.url));
const PROGRAM = 'xdpsentry';
const HELPER_XDP_GET_BUFF_LEN = 188; // enum bpf_func_id
const EVENT_BATCH = 512;

export type LoadOptions = {
  readonly tunables?: Partial<Record<keyof typeof tunables, number | boolean>>;
  /** Entries of the tables, and bytes of the ring. */
  readonly capacities?: { readonly blocks?: number; readonly sources?: number; readonly ring?: number };
};

/** What became of one packet. */
export type Run = {
  readonly verdict: VerdictName;
  readonly outcome: OutcomeName;
  readonly probes: Movement['probes'];
  readonly ports: Movement['ports'];
  readonly lost: Movement['lost'];
  readonly events: readonly SentryEvent[];
};

export class SentryObject extends Tables {
  readonly #object: BpfObject;
  readonly #program: BpfProgram;
  readonly #maps: Map<string, BpfMap>;
  readonly #counters: Counters;
  readonly #ring: RingBuffer;
  #events: SentryEvent[] = [];

  private constructor(object: BpfObject, seed: number) {
    const maps = new Map(object.mapNames().map((name) => [name, object.map(name)]));
    const map = (name: string) => maps.get(name)!;
    super(map, seed);
    this.#object = object;
    this.#maps = maps;
    this.#program = object.program(PROGRAM);
    this.#counters = new Counters(map);
    const ring = new RingBuffer(
      map('xs_events'),
      { recordSize: eventLayout.size, maxBatch: EVENT_BATCH },
      (count) => {
        for (let index = 0; index < count; index++) {
          this.#events.push(
            decodeEvent(new Uint8Array(ring.buffer, index * eventLayout.size, eventLayout.size)),
          );
        }
      },
    );
    ring.unref();
    this.#ring = ring;
  }

  /**
   * Small tables, no questions to the routing table of the machine that the test happens to run on, and as many new sources as
   * a test likes to send.
   */
  static load(options: LoadOptions = {}): SentryObject {
    const object = BpfObject.open(OBJECT);
    const values = {
      skipForwarded: false,
      newSourcesMax: 0xffff_ffff,
      hasBuffLen: supportsHelper('xdp', HELPER_XDP_GET_BUFF_LEN),
      ...options.tunables,
    };
    for (const [key, value] of Object.entries(values)) {
      const { name, size } = tunables[key as keyof typeof tunables];
      object.setTunable(name, encodeNumber(size, Number(value)));
    }
    const blocks = options.capacities?.blocks ?? 1024;
    object.setMaxEntries('xs_blocks', blocks);
    object.setMaxEntries('xs_block_filter', filterLines(blocks));
    object.setMaxEntries('xs_sources', options.capacities?.sources ?? 4096);
    object.setMaxEntries('xs_events', options.capacities?.ring ?? 65_536);
    object.load();
    return new SentryObject(object, Number(options.tunables?.filterSeed ?? 0));
  }

  /**
   * Runs the program on one packet. Fails unless exactly one outcome counted it, once, with all its bytes, and the
   * packet came out as it went in. `leaveEvents` leaves events in the ring for a later run.
   */
  run(packet: Packet | Uint8Array, options: { leaveEvents?: boolean; context?: Uint8Array } = {}): Run {
    const data = packet instanceof Uint8Array ? packet : packet.build();
    const result = this.#program.testRun({ data, ...(options.context && { context: options.context }) });
    const { outcomes, ...moved } = this.#counters.moved();
    assert.equal(
      outcomes.length,
      1,
      `one outcome counts a packet, not ${outcomes.map(({ name }) => name).join(' and ')}`,
    );
    const [{ name, packets, bytes }] = outcomes as [Movement['outcomes'][number]];
    assert.deepEqual({ packets, bytes }, { packets: 1n, bytes: BigInt(data.length) }, `counted as ${name}`);
    assert.deepEqual(Buffer.from(result.data), Buffer.from(data), 'the packet is as it was');
    return {
      verdict: verdictName(result.verdict),
      outcome: name,
      ...moved,
      events: options.leaveEvents ? [] : this.takeEvents(),
    };
  }

  /** Runs it on one packet after the other and looks at the verdicts only: for many of them. Their events are thrown away. */
  flood(packets: Iterable<Uint8Array>): VerdictName[] {
    const verdicts: VerdictName[] = [];
    for (const data of packets) verdicts.push(verdictName(this.#program.testRun({ data }).verdict));
    this.#counters.moved();
    this.takeEvents();
    return verdicts;
  }

  /** Runs it so often on one packet within one call; answers by outcome how many there were. */
  repeat(packet: Packet, times: number): Partial<Record<OutcomeName, number>> {
    this.#program.testRun({ data: packet.build(), repeat: times });
    const { outcomes } = this.#counters.moved();
    return Object.fromEntries(outcomes.map(({ name, packets }) => [name, Number(packets)]));
  }

  /** Instructions of the loaded program, and how many the verifier walked to prove them. */
  get stats(): BpfProgram['stats'] {
    return this.#program.stats;
  }

  /** All events that nobody has taken yet. */
  takeEvents(): SentryEvent[] {
    while (this.#ring.drain() > 0);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** The second (2^30 ns) of the events' budget, and events sent in it. */
  eventBudget(): { second: number; sent: number } {
    const { period, spent } = this.#budget('xs_event_budget', 0);
    return { second: period, sent: spent };
  }

  /** Of new sources, and of those that return: the period of the budget, and sources let in in it. */
  doorBudget(which: keyof typeof door): { period: number; spent: number } {
    return this.#budget('xs_door_budget', door[which]);
  }

  #budget(map: string, index: number): { period: number; spent: number } {
    const value = this.#maps.get(map)!.get(encodeNumber(4, index))!;
    const budget = new DataView(value.buffer, value.byteOffset).getBigUint64(0, true);
    return { period: Number(budget >> 32n), spent: Number(budget & 0xffff_ffffn) };
  }

  [Symbol.dispose](): void {
    this.close();
  }

  close(): void {
    this.#ring.close();
    this.#program.close();
    for (const map of this.#maps.values()) map.close();
    this.#object.close();
  }
}
