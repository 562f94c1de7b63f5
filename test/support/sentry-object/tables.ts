/** The tables that a controller fills, filled for a test. */
import type { BpfMap } from 'bpf-loader-native';
import {
  blockLayout,
  ignore,
  instantLayout,
  kind,
  lengthsLayout,
  origin,
  prefixLayout,
  proto,
  sourceLayout,
  stationLayout,
  wire,
} from '../../../src/kernel/wire.generated.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';
import type { KindName, ProtoName } from './names.ts';
import { decodeRecord, encodeNumber, encodeRecord, type RecordOf } from './record.ts';

export type BlockFields = Partial<RecordOf<typeof blockLayout>>;
export type BlockRecord = RecordOf<typeof blockLayout>;
export type SourceRecord = RecordOf<typeof sourceLayout>;
export type PortRange = number | readonly [first: number, last: number];

/** The key of `198.51.100.0/24` or `2001:db8::1`. */
export function prefixKey(text: string): Uint8Array {
  const prefix = parsePrefix(text);
  if (!prefix) throw new RangeError(`"${text}" is no address or network`);
  return encodeRecord(prefixLayout, {
    bits: wire.FAMILY_BITS + prefix.length,
    family: prefix.family === 4 ? wire.FAMILY_IPV4 : wire.FAMILY_IPV6,
    addr: [...prefix.bytes],
  });
}

const PROTOCOLS: readonly ProtoName[] = ['TCP', 'UDP'];

const instantKey = (protocol: ProtoName, name: KindName): Uint8Array =>
  encodeNumber(4, proto[protocol] * kind.MAX + kind[name]);

export class Tables {
  readonly #map: (name: string) => BpfMap;

  constructor(map: (name: string) => BpfMap) {
    this.#map = map;
  }

  monitor(protocol: ProtoName, ...ranges: readonly PortRange[]): void {
    this.#eachPort(protocol, ranges, (word, bit) => word | bit);
  }

  unmonitor(protocol: ProtoName, ...ranges: readonly PortRange[]): void {
    this.#eachPort(protocol, ranges, (word, bit) => word & ~bit);
  }

  /** Blocks a network or an address; its length is looked for from now on. Times are boot time in nanoseconds. */
  block(prefix: string, fields: BlockFields = {}): void {
    const key = prefixKey(prefix);
    this.#map('xs_blocks').set(key, encodeRecord(blockLayout, { origin: origin.OPERATOR, ...fields }));
    const { bits, family } = decodeRecord(prefixLayout, key);
    this.#lookFor(family, bits - wire.FAMILY_BITS);
  }

  lift(prefix: string): boolean {
    return this.#map('xs_blocks').delete(prefixKey(prefix));
  }

  liftAll(): void {
    clear(this.#map('xs_blocks'));
    for (const index of [0, 1])
      this.#map('xs_block_lengths').set(encodeNumber(4, index), encodeRecord(lengthsLayout, {}));
  }

  blockOf(prefix: string): BlockRecord | undefined {
    const value = this.#map('xs_blocks').get(prefixKey(prefix));
    return value && decodeRecord(blockLayout, value);
  }

  /** Frames to this link-layer address, like `02:00:00:00:00:0a`, are this host's. */
  station(address: string): void {
    const addr = address.split(':').map((byte) => Number.parseInt(byte, 16));
    this.#map('xs_stations').set(encodeRecord(stationLayout, { addr }), Uint8Array.of(1));
  }

  ignore(prefix: string): void {
    this.#map('xs_ignored').set(prefixKey(prefix), encodeNumber(4, ignore.IGNORED));
  }

  guard(prefix: string): void {
    this.#map('xs_ignored').set(prefixKey(prefix), encodeNumber(4, ignore.GUARDED));
  }

  /** Takes a network off the ignore list, or out of guard. */
  unlist(prefix: string): void {
    this.#map('xs_ignored').delete(prefixKey(prefix));
  }

  /** From now on one probe of that kind (and protocol) blocks its source. Duration 0: until it is lifted. */
  instant(name: KindName, rule: number, durationNs: bigint, protocols = PROTOCOLS): void {
    const value = encodeRecord(instantLayout, { enabled: 1, rule, durationNs });
    for (const protocol of protocols) this.#map('xs_instants').set(instantKey(protocol, name), value);
    this.#lookFor(wire.FAMILY_IPV4, 32);
    for (const length of [64, 128]) this.#lookFor(wire.FAMILY_IPV6, length);
  }

  noInstant(name: KindName): void {
    const none = encodeRecord(instantLayout, {});
    for (const protocol of PROTOCOLS) this.#map('xs_instants').set(instantKey(protocol, name), none);
  }

  source(prefix: string): SourceRecord | undefined {
    const value = this.#map('xs_sources').get(prefixKey(prefix));
    return value && decodeRecord(sourceLayout, value);
  }

  sourceCount(): number {
    return [...this.#map('xs_sources').keys()].length;
  }

  forgetSources(): void {
    clear(this.#map('xs_sources'));
  }

  /** Adds a prefix length to those that are looked up, longest first. */
  #lookFor(family: number, length: number): void {
    const index = encodeNumber(4, family === wire.FAMILY_IPV6 ? 1 : 0);
    const lengths = this.#map('xs_block_lengths');
    const known = decodeRecord(lengthsLayout, lengths.get(index)!);
    const all = [...new Set([...known.length.slice(0, known.count), length])].sort((a, b) => b - a);
    lengths.set(index, encodeRecord(lengthsLayout, { count: all.length, length: all }));
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
