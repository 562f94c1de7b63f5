/** The tables that a controller fills, filled for a test. */
import { type BpfMap, bootTimeNs } from 'bpf-loader-native';
import { BlockFront, frontMemory } from '../../../src/kernel/block-front.ts';
import { fillPorts } from '../../../src/kernel/fill.ts';
import { HotCounts } from '../../../src/kernel/hot-counts.ts';
import { ListMap } from '../../../src/kernel/list-map.ts';
import type { PortsByProtocol } from '../../../src/kernel/program-options.ts';
import { setTrial } from '../../../src/kernel/trial-map.ts';
import { Vicinities } from '../../../src/kernel/vicinities.ts';
import {
  blockLayout,
  ignore,
  instantLayout,
  kind,
  origin,
  prefixLayout,
  proto,
  ruleLayout,
  sourceLayout,
  stationLayout,
  wire,
} from '../../../src/kernel/wire.generated.ts';
import { type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { columnsOf } from '../../../src/values/prefix-columns-builder.ts';
import type { KindName, ProtoName } from './names.ts';
import { decodeRecord, encodeNumber, encodeRecord, type RecordOf } from './record.ts';

export type BlockFields = Partial<RecordOf<typeof blockLayout>>;
export type BlockRecord = RecordOf<typeof blockLayout>;
export type SourceRecord = RecordOf<typeof sourceLayout>;
/** A rule of the kernel that takes several probes. */
export type RuleFields = {
  readonly rule?: number;
  readonly ports: number;
  readonly probes?: number;
  /** Of 2^20 ns; default: whenever. */
  readonly windowTicks?: number;
  /** Default: until it is lifted. */
  readonly durationNs?: bigint;
  /** Default: every one. */
  readonly kinds?: Partial<Record<ProtoName, readonly KindName[]>>;
};
export type PortRange = number | readonly [first: number, last: number];

/** The key of `198.51.100.0/24` or `2001:db8::1`. */
export function prefixKey(text: string): Uint8Array {
  const prefix = prefixOf(text);
  return encodeRecord(prefixLayout, {
    bits: wire.FAMILY_BITS + prefix.length,
    family: prefix.family === 4 ? wire.FAMILY_IPV4 : wire.FAMILY_IPV6,
    addr: [...prefix.bytes],
  });
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new RangeError(`"${text}" is no address or network`);
  return prefix;
}

const PROTOCOLS: readonly ProtoName[] = ['TCP', 'UDP', 'SCTP', 'ICMP', 'IP'];

const instantKey = (protocol: ProtoName, name: KindName): Uint8Array =>
  encodeNumber(4, proto[protocol] * kind.MAX + kind[name]);

export class Tables {
  readonly #map: (name: string) => BpfMap;
  /** What is asked before the block table. */
  readonly front: BlockFront;
  readonly lists: ListMap;
  readonly #blocked = new Set<string>();
  readonly #exemptVicinities: Vicinities;
  /** Slots of each rule. */
  readonly #rules: number[] = [];

  /** `seed`: that of the loaded program. */
  constructor(map: (name: string) => BpfMap, seed: number) {
    this.#map = map;
    this.front = new BlockFront(frontMemory(map), map('xs_blocks').info.maxEntries, seed);
    this.#exemptVicinities = new Vicinities(map('xs_ignored_vicinities').mmap(), seed);
    this.lists = new ListMap(map('xs_lists'), map('xs_list_drops'), seed);
  }

  monitor(protocol: ProtoName, ...ranges: readonly PortRange[]): void {
    this.#eachPort(protocol, ranges, (word, bit) => word | bit);
  }

  /** Ports that are served without a socket that could be found; the others are not, from now on. */
  serve(ports: PortsByProtocol): void {
    fillPorts(this.#map('xs_served').mmap(), ports);
  }

  unmonitor(protocol: ProtoName, ...ranges: readonly PortRange[]): void {
    this.#eachPort(protocol, ranges, (word, bit) => word & ~bit);
  }

  /**
   * Blocks a network or an address; its length is looked for from now on. Times are boot time in nanoseconds. No two blocks are added at
   * the same one: what a lifted block of the same name has left in xs_hot would be counted for the next.
   */
  block(prefix: string, fields: BlockFields = {}): void {
    if (!this.#blocked.has(prefix)) this.front.admit(prefixOf(prefix));
    this.front.touch();
    this.#blocked.add(prefix);
    const value = encodeRecord(blockLayout, {
      origin: origin.OPERATOR,
      addedNs: bootTimeNs(),
      ...fields,
    });
    this.#map('xs_blocks').set(prefixKey(prefix), value);
  }

  lift(prefix: string): boolean {
    if (this.#blocked.delete(prefix)) this.front.release(prefixOf(prefix));
    this.front.touch();
    return this.#map('xs_blocks').delete(prefixKey(prefix));
  }

  liftAll(): void {
    clear(this.#map('xs_blocks'));
    for (const prefix of this.#blocked) this.front.release(prefixOf(prefix));
    this.#blocked.clear();
    this.front.touch();
  }

  /** Puts enforcement on trial until then, by monotonicNs(); undefined: it is on none, or was confirmed. */
  enforceUntil(untilNs: number | undefined): void {
    setTrial(this.#map('xs_trial'), untilNs === undefined ? undefined : { untilNs, sinceNs: 1 });
  }

  /** The lists, to be set as the controller does. */
  listMap(): ListMap {
    return new ListMap(this.#map('xs_lists'), this.#map('xs_list_drops'), 0);
  }

  blockOf(prefix: string): BlockRecord | undefined {
    const value = this.#map('xs_blocks').get(prefixKey(prefix));
    if (!value) return undefined;
    const block = decodeRecord(blockLayout, value);
    const hot = new HotCounts(this.#map('xs_hot'));
    const waiting = hot.of(prefixOf(prefix), Number(block.addedNs)) ?? { packets: 0, bytes: 0 };
    return {
      ...block,
      packets: block.packets + BigInt(waiting.packets),
      bytes: block.bytes + BigInt(waiting.bytes),
    };
  }

  /** Puts lists in force in place of those before; a list is some networks as text. */
  setLists(...lists: readonly (readonly string[])[]): Promise<void> {
    return this.lists.set(lists.map((texts) => columnsOf(texts.map(prefixOf))));
  }

  /** Frames to this link-layer address, like `02:00:00:00:00:0a`, are this host's. */
  station(address: string): void {
    const addr = address.split(':').map((byte) => Number.parseInt(byte, 16));
    this.#map('xs_stations').set(encodeRecord(stationLayout, { addr }), Uint8Array.of(1));
  }

  ignore(prefix: string): void {
    this.#exempt(prefix, ignore.IGNORED);
  }

  guard(prefix: string): void {
    this.#exempt(prefix, ignore.GUARDED);
  }

  /** The source holds a TCP connection. */
  connect(source: string): void {
    this.#map('xs_connected').set(prefixKey(source), Uint8Array.of(1));
  }

  disconnect(source: string): void {
    this.#map('xs_connected').delete(prefixKey(source));
  }

  /** Takes a network off the ignore list, or out of guard. */
  unlist(prefix: string): void {
    this.#map('xs_ignored').delete(prefixKey(prefix));
    this.#exemptVicinities.remove(prefixOf(prefix));
  }

  /** From now on one probe of that kind (and protocol) blocks its source. Duration 0: until it is lifted. */
  instant(name: KindName, rule: number, durationNs: bigint, protocols = PROTOCOLS): void {
    const value = encodeRecord(instantLayout, { enabled: 1, rule, durationNs });
    for (const protocol of protocols) this.#map('xs_instants').set(instantKey(protocol, name), value);
    this.front.expect({ family: 4, length: 32 });
    for (const length of [64, 128]) this.front.expect({ family: 6, length });
  }

  /**
   * One rule more, behind those that are there, with slots of its own; its number is its place, from 1 on, unless another is given.
   * The program must have been loaded for so many: tunable `ruleCount`.
   */
  rule({ rule, ports, probes = 0, windowTicks = 0, durationNs = 0n, kinds }: RuleFields): void {
    const mask = (protocol: ProtoName) =>
      kinds ? (kinds[protocol] ?? []).reduce((all, name) => all | (1 << kind[name]), 0) : 0xffff;
    const value = encodeRecord(ruleLayout, {
      rule: rule ?? this.#rules.length + 1,
      ports,
      probes,
      window: windowTicks,
      durationNs,
      kinds: PROTOCOLS.map(mask),
      firstSlot: this.#rules.reduce((sum, slots) => sum + slots, 0),
    });
    this.#map('xs_rules').set(encodeNumber(4, this.#rules.length), value);
    this.#rules.push(ports + probes);
    this.front.expect({ family: 4, length: 32 });
    for (const length of [64, 128]) this.front.expect({ family: 6, length });
  }

  noRules(): void {
    const none = encodeRecord(ruleLayout, {});
    for (const index of this.#rules.keys()) this.#map('xs_rules').set(encodeNumber(4, index), none);
    this.#rules.length = 0;
  }

  noInstant(name: KindName): void {
    const none = encodeRecord(instantLayout, {});
    for (const protocol of PROTOCOLS) this.#map('xs_instants').set(instantKey(protocol, name), none);
  }

  source(prefix: string): SourceRecord | undefined {
    const value = this.#map('xs_sources').get(prefixKey(prefix));
    return value && decodeRecord(sourceLayout, value);
  }

  /** Lets what rules remember of a source be so much older. */
  age(prefix: string, ticks: number): void {
    const { slotTick } = this.source(prefix)!;
    this.setSource(prefix, { slotTick: slotTick.map((tick) => (tick - ticks) >>> 0) });
  }

  setSource(prefix: string, fields: Partial<SourceRecord>): void {
    const value = encodeRecord(sourceLayout, { ...this.source(prefix), ...fields });
    this.#map('xs_sources').set(prefixKey(prefix), value);
  }

  sourceCount(): number {
    return [...this.#map('xs_sources').keys()].length;
  }

  forgetSources(): void {
    clear(this.#map('xs_sources'));
  }

  #exempt(prefix: string, value: number): void {
    this.front.touch();
    this.#exemptVicinities.add(prefixOf(prefix));
    this.#map('xs_ignored').set(prefixKey(prefix), encodeNumber(4, value));
  }

  #eachPort(
    protocol: ProtoName,
    ranges: readonly PortRange[],
    change: (word: bigint, bit: bigint) => bigint,
  ): void {
    const words = new BigUint64Array(this.#map('xs_monitored').mmap());
    for (const range of ranges) {
      const [first, last] = typeof range === 'number' ? [range, range] : range;
      for (let port = first; port <= last; port++) {
        const index = proto[protocol] * wire.PORT_WORDS + Math.floor(port / wire.PORTS_PER_WORD);
        words[index] = change(words[index]!, 1n << BigInt(port % wire.PORTS_PER_WORD));
      }
    }
  }
}

function clear(map: BpfMap): void {
  for (const key of [...map.keys()]) map.delete(key);
}
