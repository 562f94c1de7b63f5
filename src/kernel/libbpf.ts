import { randomInt } from 'node:crypto';
import { type BpfMap, type BpfObject, bootTimeNs, interfaceHardware, RingBuffer } from 'bpf-loader-native';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import type { PrefixColumns } from '../values/prefix-columns.ts';
import { hasEthernet } from './attach.ts';
import { BlockFront, filterLines, frontMemory } from './block-front.ts';
import { BlockMap } from './block-map.ts';
import { readLosses, readOutcomes, readPortProbes, readProbes } from './counters.ts';
import type {
  Attachment,
  DataPlane,
  KernelBlock,
  ListDrops,
  LossCount,
  MonitoredPorts,
  NewBlock,
  OwnAddresses,
  Sighting,
  TableFill,
} from './data-plane.ts';
import { decodeEvent, encodePrefix } from './decode.ts';
import { Exempt } from './exempt.ts';
import { fillMonitored, stationEntries } from './fill.ts';
import { Hold, type HoldRequest } from './hold.ts';
import { requireFree } from './left-behind.ts';
import { ListMap } from './list-map.ts';
import { loadObject, PROGRAM_NAME } from './load.ts';
import { Mirror } from './mirror.ts';
import { countingRules, fillInstants, fillRules, type KernelRule } from './rules.ts';
import { countTables } from './table-fills.ts';
import { eventLayout } from './wire.generated.ts';

/** Events a turn of the event loop: 98 KB, about a millisecond of work. */
const EVENT_BATCH = 1024;
/** Entries of the ignore list, which may grow, and of the addresses of this host and its gateways. Memory is taken as they come. */
const EXEMPT_CAPACITY = 131_072;
/** Events a second of one source when each probe is wanted. */
const EVERY_PROBE = 256;

/** No packet takes so long, also on a virtual CPU that has to wait. */
const PACKET_MS = 20;

/** Cards of first visits that there is room for at least: what the odds in docs/floods.md are for. */
const MIN_PLACES = 2 ** 17;

export type DataPlaneOptions = HoldRequest & {
  readonly monitored: MonitoredPorts;
  readonly ignored: readonly Prefix[];
  readonly own: OwnAddresses;
  /** Rules that the kernel carries out by itself; of several that one probe fulfils the first decides. */
  readonly rules: readonly KernelRule[];
  readonly swallowProbes: boolean;
  /** Nothing that goes to a served port is a probe. */
  readonly spareServed: boolean;
  /** Probes of ignored sources are told of. */
  readonly tellIgnored: boolean;
  /** Repetitions are told of as changes of a source's story are. */
  readonly tellEvery: boolean;
  readonly sourceBits6: number;
  /** First and last of the ports at which late answers are let be; [0, 0]: none. */
  readonly ephemeralPorts: readonly [number, number];
  readonly tables: { readonly blocks: number; readonly sources: number };
  readonly onSighting: (sighting: Sighting) => void;
};

/**
 * Loads and fills the data plane; `attach()` is left to the caller, who may have more to put into its tables before the first
 * packet. Throws a SentryError, and leaves nothing behind then.
 */
export function openDataPlane(options: DataPlaneOptions): DataPlane {
  requireFree(options.interface);
  const withEthernet = hasEthernet(options.interface);
  const seed = randomInt(2 ** 32);
  const places = placesFor(options.tables.sources);
  const object = loadObject(
    {
      filterSeed: seed,
      placeMask: places - 1,
      sourceBits6: options.sourceBits6,
      ruleCount: countingRules(options.rules).length,
      noEthernet: !withEthernet,
      skipOtherStations: withEthernet,
      swallowProbes: options.swallowProbes,
      spareServed: options.spareServed,
      tellIgnored: options.tellIgnored,
      ...(options.tellEvery && { sourceRepeatsMax: EVERY_PROBE }),
      ephemeralFirst: options.ephemeralPorts[0],
      ephemeralLast: options.ephemeralPorts[1],
    },
    {
      xs_blocks: options.tables.blocks,
      xs_block_filter: filterLines(options.tables.blocks),
      xs_sources: options.tables.sources,
      xs_places: places,
      xs_ignored: EXEMPT_CAPACITY,
    },
  );
  try {
    return new LibbpfDataPlane(object, options, seed);
  } catch (error) {
    object.close();
    throw error;
  }
}

/** Entries of xs_places, which remember three each of those in the table of sources: a power of two, as many as sources at least. */
const placesFor = (sources: number): number => Math.max(MIN_PLACES, 2 ** Math.ceil(Math.log2(sources)));

class LibbpfDataPlane implements DataPlane {
  readonly #object: BpfObject;
  readonly #request: HoldRequest;
  #hold: Hold | undefined;
  readonly #ring: RingBuffer;
  readonly #front: BlockFront;
  readonly #blocks: BlockMap;
  readonly #lists: ListMap;
  readonly #maps = new Map<string, BpfMap>();
  readonly #onSighting: (sighting: Sighting) => void;
  readonly #exempt: Exempt;
  readonly #stations: Mirror;
  #undecoded = 0;
  #ignored: readonly Prefix[];
  #own: OwnAddresses;
  #exemptWithoutRoom = 0;
  #stationsWithoutRoom = 0;
  #isClosed = false;
  #isResting = false;
  #tables: Promise<TableFill[]> | undefined;

  constructor(object: BpfObject, options: DataPlaneOptions, seed: number) {
    this.#object = object;
    this.#onSighting = options.onSighting;
    this.#ignored = options.ignored;
    this.#request = options;
    const memory = frontMemory((name) => this.#map(name));
    this.#front = new BlockFront(memory, options.tables.blocks, seed);
    this.#blocks = new BlockMap({ blocks: this.#map('xs_blocks'), hot: this.#map('xs_hot') }, this.#front);
    this.#lists = new ListMap(this.#map('xs_lists'), this.#map('xs_list_drops'), seed);
    this.setMonitored(options.monitored);
    this.#exempt = new Exempt((name) => this.#map(name), seed);
    this.#stations = new Mirror(this.#map('xs_stations'));
    this.#own = options.own;
    this.#mirrorExempt();
    this.#mirrorStations();
    if (options.rules.length > 0) {
      fillInstants(this.#map('xs_instants'), options.rules);
      fillRules(this.#map('xs_rules'), options.rules);
      for (const length of [128, options.sourceBits6]) this.#front.expect({ family: 6, length });
      this.#front.expect({ family: 4, length: 32 });
    }
    const ringOptions = { recordSize: eventLayout.size, maxBatch: EVENT_BATCH };
    this.#ring = new RingBuffer(this.#map('xs_events'), ringOptions, (count) => this.#handBatch(count));
  }

  attach(): void {
    if (this.#hold) return;
    this.#hold = new Hold(this.#object.program(PROGRAM_NAME), this.#request, this.#blocks);
    this.#refillFront();
  }

  get attachment(): Attachment {
    if (!this.#hold) throw new Error('the data plane is not attached yet');
    return this.#hold.attachment;
  }

  nowNs(): number {
    return Number(bootTimeNs());
  }

  block(block: NewBlock): void {
    this.#blocks.put(block, this.nowNs());
    this.#refillFront();
  }

  unblock(prefix: Prefix): boolean {
    const wasThere = this.#blocks.remove(prefix);
    this.#refillFront();
    return wasThere;
  }

  readBlock(prefix: Prefix): KernelBlock | undefined {
    return this.#blocks.get(prefix);
  }

  countsOf(block: KernelBlock) {
    return this.#blocks.countsOf(block);
  }

  forget(source: Prefix): void {
    this.#map('xs_sources').delete(encodePrefix(source));
  }

  blocks(): IterableIterator<KernelBlock> {
    return this.#blocks[Symbol.iterator]();
  }

  setLists(lists: readonly PrefixColumns[]): Promise<void> {
    return this.#lists.set(lists);
  }

  listDrops(): ListDrops[] {
    return this.#lists.drops();
  }

  outcomes() {
    return readOutcomes(this.#map('xs_outcomes'));
  }

  probes() {
    return readProbes(this.#map('xs_probes'));
  }

  portProbes() {
    return readPortProbes(this.#map('xs_port_probes').mmap());
  }

  losses(): LossCount[] {
    return [
      ...readLosses(this.#map('xs_losses')),
      { reason: 'undecoded', count: this.#undecoded + this.#ring.oddRecords },
      { reason: 'own_address_table_full', count: this.#exemptWithoutRoom + this.#stationsWithoutRoom },
    ];
  }

  /** Counting walks the tables, on another thread: who asks meanwhile gets the same answer. */
  tables(): Promise<TableFill[]> {
    this.#tables ??= this.#countTables().finally(() => {
      this.#tables = undefined;
    });
    return this.#tables;
  }

  setIgnored(ignored: readonly Prefix[]): void {
    this.#ignored = ignored;
    this.#mirrorExempt();
  }

  setMonitored(monitored: MonitoredPorts): void {
    fillMonitored(this.#map('xs_monitored').mmap(), monitored);
  }

  setOwn(own: OwnAddresses): void {
    const texts = (prefixes: readonly Prefix[]) => prefixes.map(formatPrefix).join();
    const isSame = texts(own.guarded) === texts(this.#own.guarded); // with a long ignore list the work is worth sparing
    this.#own = own;
    if (!isSame) this.#mirrorExempt();
    this.#mirrorStations();
  }

  isAttached(): boolean {
    return this.#hold !== undefined && !this.#hold.isInterfaceGone();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#hold?.close();
    this.#lists.close();
    this.#ring.drain();
    this.#ring.close();
    for (const map of this.#maps.values()) map.close();
    this.#object.close();
  }

  /**
   * In steps, each in a turn of its own; the old filter serves until the new one is whole. Then it may be too small already:
   * blocks by the thousand come in one turn, when they are restored. A packet that asks the old one still must be through before
   * that is cleared for the next.
   */
  #refillFront(): void {
    if (!this.#front.wantsRefill || this.#isResting) return;
    const steps = this.#front.refill(this.#blocks.prefixes());
    const step = () => {
      if (this.#isClosed) return;
      if (steps.next().done) this.#restFront();
      else setImmediate(step);
    };
    step();
  }

  #restFront(): void {
    this.#isResting = true;
    setTimeout(() => {
      this.#isResting = false;
      if (!this.#isClosed) this.#refillFront();
    }, PACKET_MS).unref();
  }

  async #countTables(): Promise<TableFill[]> {
    const { entries, bytes } = this.#lists;
    const lists = { table: 'lists', entries, capacity: undefined, bytes } as const;
    return [...(await countTables((name) => this.#map(name))), lists];
  }

  #mirrorExempt(): void {
    this.#exemptWithoutRoom = this.#exempt.set(this.#ignored, this.#own.guarded);
    this.#front.touch();
  }

  #mirrorStations(): void {
    const hardware = interfaceHardware(this.#request.interface)?.address;
    const { stations } = this.#own;
    this.#stationsWithoutRoom = this.#stations.set(
      stationEntries(hardware ? [hardware, ...stations] : stations),
    );
  }

  #map(name: string): BpfMap {
    let map = this.#maps.get(name);
    if (!map) {
      map = this.#object.map(name);
      this.#maps.set(name, map);
    }
    return map;
  }

  #handBatch(count: number): void {
    const view = new DataView(this.#ring.buffer);
    for (let index = 0; index < count; index++) {
      const sighting = decodeEvent(view, index * eventLayout.size);
      if (!sighting) {
        this.#undecoded++;
        continue;
      }
      if (sighting.instantBlock) this.#front.noteKernelBlock();
      this.#onSighting(sighting);
    }
    this.#refillFront();
  }
}
