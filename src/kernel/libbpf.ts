import { type BpfMap, bootTimeNs, interfaceHardware, RingBuffer } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import { NS_PER_MS } from '../values/duration.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import type { PrefixColumns } from '../values/prefix-columns.ts';
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
  NewBlock,
  OwnAddresses,
  Sighting,
  TableFill,
  TrialState,
} from './data-plane.ts';
import { decodeEvent, encodePrefix } from './decode.ts';
import { Exempt } from './exempt.ts';
import { fillPorts, readPorts, stationEntries } from './fill.ts';
import type { Generation } from './generation.ts';
import { Holds } from './holds.ts';
import { detachLeftBy } from './left-behind.ts';
import { ListMap } from './list-map.ts';
import { LoginMap } from './login-map.ts';
import { Mirror } from './mirror.ts';
import type { DataPlaneOptions } from './options.ts';
import type { PortsByProtocol, ProgramOptions } from './program-options.ts';
import { RingWatch } from './ring-watch.ts';
import { countTables } from './table-fills.ts';
import { monotonicNs, readTrial, setTrial, stateOf } from './trial-map.ts';
import { eventLayout } from './wire.generated.ts';

/** Events a turn of the event loop: 98 KB, about a millisecond of work. */
const EVENT_BATCH = 1024;

/** No packet takes so long, also on a virtual CPU that has to wait. */
const PACKET_MS = 20;

/** What the first program was made with, and after whom. */
export type Origin = {
  readonly seed: number;
  /** Interfaces on which a sentry before has left its program. */
  readonly predecessors: ReadonlySet<string>;
  /** Why what the one before knew and counted does not go on; undefined: it does, or there was none. */
  readonly forgotten: string | undefined;
};

/** The program in the kernel, by libbpf; see openDataPlane(). */
export class LibbpfDataPlane implements DataPlane {
  readonly #interfaces: readonly string[];
  readonly #holds: Holds;
  readonly #origin: Origin;
  #generation: Generation;
  #ring: RingBuffer | undefined;
  readonly #ringWatch = new RingWatch();
  readonly #front: BlockFront;
  readonly #blocks: BlockMap;
  readonly #lists: ListMap;
  readonly #onSighting: (sighting: Sighting) => void;
  readonly #exempt: Exempt;
  readonly #stations: Mirror;
  readonly #connected: Connected;
  readonly #served: ArrayBuffer;
  readonly logins: LoginMap;
  readonly #lengths: readonly { readonly family: 4 | 6; readonly length: number }[];
  #undecoded = 0;
  #ignored: readonly Prefix[];
  #own: OwnAddresses;
  #exemptWithoutRoom = 0;
  #stationsWithoutRoom = 0;
  #connectedWithoutRoom = 0;
  #isClosed = false;
  #isResting = false;
  #tables: Promise<TableFill[]> | undefined;

  /** The generation is the data plane's from now on, with its tables. */
  constructor(generation: Generation, options: DataPlaneOptions, origin: Origin) {
    const { seed } = origin;
    this.#generation = generation;
    this.#origin = origin;
    this.#map('xs_seed').set(indexKey(0), new Uint8Array(Uint32Array.of(seed).buffer));
    this.#onSighting = options.onSighting;
    this.#ignored = options.ignored;
    this.#interfaces = options.interfaces;
    const memory = frontMemory((name) => this.#map(name));
    this.#front = new BlockFront(memory, options.tables.blocks, seed);
    const table = { blocks: this.#map('xs_blocks'), hot: this.#map('xs_hot') };
    this.#blocks = new BlockMap(table, this.#front, generation.tag);
    this.#holds = new Holds(
      { blocks: this.#blocks, mapOf: (name) => this.#map(name), forgotten: origin.forgotten },
      options,
    );
    this.#lists = new ListMap(this.#map('xs_lists'), this.#map('xs_list_drops'), seed);
    this.#exempt = new Exempt((name) => this.#map(name), seed);
    this.#stations = new Mirror(this.#map('xs_stations'));
    this.#connected = new Connected(this.#map('xs_connected'));
    this.#served = this.#map('xs_served').mmap();
    this.logins = new LoginMap(this.#map('xs_logins'));
    this.#own = options.own;
    this.#mirrorExempt();
    this.#mirrorStations();
    this.#lengths = [
      { family: 4, length: 32 },
      { family: 6, length: 128 },
      { family: 6, length: options.sourceBits6 },
    ];
    if (options.rules.length > 0) this.#expectBlocks();
  }

  /** What sits there already must be replaced in one step, so it comes when nothing else can fail any more. */
  attach(): readonly string[] {
    const isFollowed = (name: string) => this.#origin.predecessors.has(name);
    const free = this.#interfaces.filter((name) => !isFollowed(name));
    for (const name of [...free, ...this.#interfaces.filter(isFollowed)]) this.#begin(name);
    // Not before: the ring may hold events of a sentry before this one, of blocks that are here only now.
    this.#openRing();
    const before = this.attachments.flatMap(({ predecessor }) => predecessor?.pid ?? []);
    return detachLeftBy(new Set(before)).map((it) => it.interface);
  }

  /** One that has gone since it was looked for is no reason to give up the others. */
  #begin(name: string): void {
    try {
      this.watch(name);
    } catch (error) {
      const isGone = error instanceof SentryError && error.code === 'XS_ERR_NO_INTERFACE';
      if (!isGone || this.#interfaces.length === 1) throw error;
    }
  }

  watch(name: string): void {
    this.#holds.add(name, this.#generation);
    this.#mirrorStations();
    this.#refillFront();
  }

  enforceFor(durationMs: number | undefined): void {
    const [now, sinceNs] = [monotonicNs(), this.nowNs()];
    const trial = durationMs === undefined ? undefined : { untilNs: now + durationMs * NS_PER_MS, sinceNs };
    setTrial(this.#map('xs_trial'), trial);
  }

  get trial(): TrialState | undefined {
    const trial = readTrial(this.#map('xs_trial'));
    return trial && stateOf(trial);
  }

  unwatch(name: string): void {
    this.#holds.remove(name);
    this.#mirrorStations();
  }

  get attachments(): readonly Attachment[] {
    return this.#holds.attachments;
  }

  renew(options: ProgramOptions): void {
    const old = this.#generation;
    const next = old.next(options);
    if (options.rules.length > 0) this.#expectBlocks();
    try {
      this.#holds.replace(old, next);
    } catch (error) {
      next.close();
      throw error;
    }
    this.#generation = next;
    this.#blocks.setTag(next.tag);
    old.close();
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

  setServed(ports: PortsByProtocol): void {
    fillPorts(this.#served, ports);
  }

  readServed(): PortsByProtocol {
    return readPorts(this.#served);
  }

  setOwn(own: OwnAddresses): void {
    const texts = (prefixes: readonly Prefix[]) => prefixes.map(formatPrefix).join();
    const isSame = texts(own.guarded) === texts(this.#own.guarded); // with a long ignore list the work is worth sparing
    this.#own = own;
    if (!isSame) this.#mirrorExempt();
    this.#mirrorStations();
  }

  isAttached(name: string): boolean {
    return this.#holds.has(name);
  }

  readsEvents(): boolean {
    return this.#ring === undefined || this.#ringWatch.isRead(this.#ring);
  }

  get isSuccessor(): boolean {
    return this.#origin.predecessors.size > 0;
  }

  leave(): void {
    this.#end((holds) => holds.leave());
  }

  close(): void {
    this.#end((holds) => holds.close());
  }

  #end(letGo: (holds: Holds) => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    letGo(this.#holds);
    this.#lists.close();
    this.#ring?.drain();
    this.#ring?.close();
    this.#generation.close();
    for (const table of this.#generation.lasting.values()) table.close();
  }

  #openRing(): void {
    const options = { recordSize: eventLayout.size, maxBatch: EVENT_BATCH };
    this.#ring ??= new RingBuffer(this.#map('xs_events'), options, (count) => this.#handBatch(count));
  }

  /** Prefixes that the kernel's rules may block. */
  #expectBlocks(): void {
    for (const kind of this.#lengths) this.#front.expect(kind);
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
    const names = new Set([...this.#interfaces, ...this.#holds.attachments.map((it) => it.interface)]);
    const hardware = [...names].flatMap((name) => interfaceHardware(name)?.address ?? []);
    this.#stationsWithoutRoom = this.#stations.set(stationEntries([...hardware, ...this.#own.stations]));
  }

  #map(name: string): BpfMap {
    const map = this.#generation.lasting.get(name);
    if (!map) throw new Error(`there is no table ${name}`);
    return map;
  }

  #handBatch(count: number): void {
    this.#ringWatch.note();
    const view = new DataView(this.#ring!.buffer);
    for (let index = 0; index < count; index++) {
      const sighting = decodeEvent(view, index * eventLayout.size, this.#generation.tag);
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
