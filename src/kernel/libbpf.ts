import { type BpfMap, type BpfObject, bootTimeNs, interfaceHardware, RingBuffer } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import type { PrefixColumns } from '../values/prefix-columns.ts';
import { hasEthernet, requireInterface } from './attach.ts';
import { BlockFront, frontMemory } from './block-front.ts';
import { BlockMap } from './block-map.ts';
import { Connected } from './connected.ts';
import { indexKey, readLosses, readOutcomes, readPortProbes, readProbes } from './counters.ts';
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
import { ListMap } from './list-map.ts';
import { PROGRAM_NAME } from './load.ts';
import { Mirror } from './mirror.ts';
import type { DataPlaneOptions } from './options.ts';
import { RingWatch } from './ring-watch.ts';
import { fillInstants, fillRules } from './rules.ts';
import { countTables } from './table-fills.ts';
import { eventLayout } from './wire.generated.ts';

/** Events a turn of the event loop: 98 KB, about a millisecond of work. */
const EVENT_BATCH = 1024;

/** No packet takes so long, also on a virtual CPU that has to wait. */
const PACKET_MS = 20;

/** What the loaded program was made with, and after whom. */
export type Origin = {
  readonly seed: number;
  /** See rulesTag(). */
  readonly tag: number;
  readonly isSuccessor: boolean;
  /** The program expects an Ethernet header. */
  readonly withEthernet: boolean;
  /** Why what the one before knew and counted does not go on; undefined: it does, or there was none. */
  readonly forgotten: string | undefined;
};

/** The program in the kernel, by libbpf; see openDataPlane(). */
export class LibbpfDataPlane implements DataPlane {
  readonly #object: BpfObject;
  readonly #request: HoldRequest;
  #hold: Hold | undefined;
  #attachment: Attachment | undefined;
  readonly #origin: Origin;
  #ring: RingBuffer | undefined;
  readonly #ringWatch = new RingWatch();
  readonly #front: BlockFront;
  readonly #blocks: BlockMap;
  readonly #lists: ListMap;
  readonly #maps = new Map<string, BpfMap>();
  readonly #onSighting: (sighting: Sighting) => void;
  readonly #exempt: Exempt;
  readonly #stations: Mirror;
  readonly #connected: Connected;
  #undecoded = 0;
  #ignored: readonly Prefix[];
  #own: OwnAddresses;
  #exemptWithoutRoom = 0;
  #stationsWithoutRoom = 0;
  #connectedWithoutRoom = 0;
  #isClosed = false;
  #isResting = false;
  #tables: Promise<TableFill[]> | undefined;

  constructor(object: BpfObject, options: DataPlaneOptions, origin: Origin) {
    const { seed, tag } = origin;
    this.#object = object;
    this.#origin = origin;
    this.#map('xs_seed').set(indexKey(0), new Uint8Array(Uint32Array.of(seed).buffer));
    this.#onSighting = options.onSighting;
    this.#ignored = options.ignored;
    this.#request = options;
    const memory = frontMemory((name) => this.#map(name));
    this.#front = new BlockFront(memory, options.tables.blocks, seed);
    const table = { blocks: this.#map('xs_blocks'), hot: this.#map('xs_hot') };
    this.#blocks = new BlockMap(table, this.#front, tag);
    this.#lists = new ListMap(this.#map('xs_lists'), this.#map('xs_list_drops'), seed);
    this.setMonitored(options.monitored);
    this.#exempt = new Exempt((name) => this.#map(name), seed);
    this.#stations = new Mirror(this.#map('xs_stations'));
    this.#connected = new Connected(this.#map('xs_connected'));
    this.#own = options.own;
    this.#mirrorExempt();
    this.#mirrorStations();
    if (options.rules.length > 0) {
      fillInstants(this.#map('xs_instants'), options.rules, tag);
      fillRules(this.#map('xs_rules'), options.rules, tag);
      for (const length of [128, options.sourceBits6]) this.#front.expect({ family: 6, length });
      this.#front.expect({ family: 4, length: 32 });
    }
  }

  attach(): void {
    if (this.isAttached()) return;
    const { interface: name } = this.#request;
    requireInterface(name);
    if (hasEthernet(name) !== this.#origin.withEthernet)
      throw new SentryError('XS_ERR_OTHER_INTERFACE', name);
    this.#hold?.close(); // the interface has gone, and another one of that name may have come
    this.#hold = undefined;
    const program = this.#object.program(PROGRAM_NAME);
    const [blocks, { forgotten }] = [this.#blocks, this.#origin];
    const mapOf = (name: string) => this.#map(name);
    this.#hold = new Hold({ program, blocks, mapOf, forgotten }, this.#request);
    this.#attachment = this.#hold.attachment;
    // Not before: the ring may hold events of a sentry before this one, of blocks that are here only now.
    const ringOptions = { recordSize: eventLayout.size, maxBatch: EVENT_BATCH };
    this.#ring ??= new RingBuffer(this.#map('xs_events'), ringOptions, (count) => this.#handBatch(count));
    this.#refillFront();
  }

  get attachment(): Attachment {
    if (!this.#attachment) throw new Error('the data plane is not attached yet');
    return this.#attachment;
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
      { reason: 'undecoded', count: this.#undecoded + (this.#ring?.oddRecords ?? 0) },
      { reason: 'own_address_table_full', count: this.#exemptWithoutRoom + this.#stationsWithoutRoom },
      { reason: 'connected_table_full', count: this.#connectedWithoutRoom },
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

  setConnected(sources: ReadonlyMap<string, Prefix>): void {
    this.#connectedWithoutRoom = this.#connected.set(sources);
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

  readsEvents(): boolean {
    return this.#ring === undefined || this.#ringWatch.isRead(this.#ring);
  }

  get isSuccessor(): boolean {
    return this.#origin.isSuccessor;
  }

  leave(): void {
    if (!this.#isClosed) this.#hold?.leave();
    this.#end();
  }

  close(): void {
    if (!this.#isClosed) this.#hold?.close();
    this.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#lists.close();
    this.#ring?.drain();
    this.#ring?.close();
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
    this.#ringWatch.note();
    const view = new DataView(this.#ring!.buffer);
    for (let index = 0; index < count; index++) {
      const sighting = decodeEvent(view, index * eventLayout.size, this.#origin.tag);
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
