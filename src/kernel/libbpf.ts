import {
  type BpfLink,
  type BpfMap,
  type BpfObject,
  bootTimeNs,
  interfaceHardware,
  RingBuffer,
} from 'bpf-loader-native';
import type { Protocol } from '../detect/probe.ts';
import type { PortSet } from '../values/ports.ts';
import type { Prefix } from '../values/prefix.ts';
import { type AttachRequest, attach, hasEthernet } from './attach.ts';
import { BlockMap } from './block-map.ts';
import { readLosses, readOutcomes, readPortProbes, readProbes } from './counters.ts';
import type {
  Attachment,
  DataPlane,
  KernelBlock,
  LossCount,
  NewBlock,
  OwnAddresses,
  Sighting,
  TableFill,
} from './data-plane.ts';
import { decodeEvent } from './decode.ts';
import {
  fillIgnored,
  fillInstants,
  fillMonitored,
  guardedEntries,
  type InstantRule,
  stationEntries,
} from './fill.ts';
import { loadObject, PROGRAM_NAME } from './load.ts';
import { Mirror } from './mirror.ts';
import { PrefixLengths } from './prefix-lengths.ts';
import { eventLayout } from './wire.generated.ts';

/** Events a turn of the event loop: 98 KB, about a millisecond of work. */
const EVENT_BATCH = 1024;
/** Entries beside the ignore list: addresses of this host and its gateways, also those that come later. */
const ROOM_FOR_GUARDED = 16_384;

export type DataPlaneOptions = AttachRequest & {
  readonly monitored: Readonly<Record<Protocol, PortSet>>;
  readonly ignored: readonly Prefix[];
  readonly own: OwnAddresses;
  readonly instants: readonly InstantRule[];
  readonly swallowProbes: boolean;
  readonly sourceBits6: number;
  /** First and last of the host's own ephemeral ports. */
  readonly ephemeralPorts: readonly [number, number];
  readonly tables: { readonly blocks: number; readonly sources: number };
  readonly onSighting: (sighting: Sighting) => void;
};

/**
 * Loads, fills and attaches the data plane, in this order: what is blocked is blocked from the first packet on.
 * Throws a SentryError, and leaves nothing behind then.
 */
export function openDataPlane(options: DataPlaneOptions): DataPlane {
  const withEthernet = hasEthernet(options.interface);
  const object = loadObject(
    {
      sourceBits6: options.sourceBits6,
      noEthernet: !withEthernet,
      skipOtherStations: withEthernet,
      swallowProbes: options.swallowProbes,
      ephemeralFirst: options.ephemeralPorts[0],
      ephemeralLast: options.ephemeralPorts[1],
    },
    {
      xs_blocks: options.tables.blocks,
      xs_sources: options.tables.sources,
      xs_ignored: options.ignored.length + ROOM_FOR_GUARDED,
    },
  );
  try {
    return new LibbpfDataPlane(object, options);
  } catch (error) {
    object.close();
    throw error;
  }
}

class LibbpfDataPlane implements DataPlane {
  readonly attachment: Attachment;
  readonly #object: BpfObject;
  readonly #link: BpfLink;
  readonly #ring: RingBuffer;
  readonly #blocks: BlockMap;
  readonly #maps = new Map<string, BpfMap>();
  readonly #onSighting: (sighting: Sighting) => void;
  readonly #ignored: readonly Prefix[];
  readonly #guarded: Mirror;
  readonly #stations: Mirror;
  readonly #interface: string;
  #undecoded = 0;
  #ownWithoutRoom = 0;
  #isClosed = false;
  #tables: Promise<TableFill[]> | undefined;

  constructor(object: BpfObject, options: DataPlaneOptions) {
    this.#object = object;
    this.#onSighting = options.onSighting;
    this.#ignored = options.ignored;
    this.#interface = options.interface;
    const lengths = new PrefixLengths(this.#map('xs_block_lengths').mmap());
    this.#blocks = new BlockMap(this.#map('xs_blocks'), lengths);
    fillMonitored(this.#map('xs_monitored').mmap(), options.monitored);
    fillIgnored(this.#map('xs_ignored'), options.ignored);
    this.#guarded = new Mirror(this.#map('xs_ignored'));
    this.#stations = new Mirror(this.#map('xs_stations'));
    this.setOwn(options.own);
    if (options.instants.length > 0) {
      fillInstants(this.#map('xs_instants'), options.instants);
      lengths.keep(4, 32);
      lengths.keep(6, 128);
      if (options.sourceBits6 !== 128) lengths.keep(6, options.sourceBits6);
    }
    const ringOptions = { recordSize: eventLayout.size, maxBatch: EVENT_BATCH };
    this.#ring = new RingBuffer(this.#map('xs_events'), ringOptions, (count) => this.#handBatch(count));
    try {
      const { link, attachment } = attach(object.program(PROGRAM_NAME), options);
      this.#link = link;
      this.attachment = attachment;
    } catch (error) {
      this.#ring.close();
      throw error;
    }
  }

  nowNs(): number {
    return Number(bootTimeNs());
  }

  block(block: NewBlock): void {
    this.#blocks.put(block, this.nowNs());
  }

  unblock(prefix: Prefix): boolean {
    return this.#blocks.remove(prefix);
  }

  readBlock(prefix: Prefix): KernelBlock | undefined {
    return this.#blocks.get(prefix);
  }

  blocks(): IterableIterator<KernelBlock> {
    return this.#blocks[Symbol.iterator]();
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
      { reason: 'own_address_table_full', count: this.#ownWithoutRoom },
    ];
  }

  /** Counting walks the tables, on another thread: who asks meanwhile gets the same answer. */
  tables(): Promise<TableFill[]> {
    this.#tables ??= Promise.all(
      ['blocks', 'sources', 'ignored'].map(async (table) => {
        const map = this.#map(`xs_${table}`);
        return { table, entries: await map.count(), capacity: map.info.maxEntries };
      }),
    ).finally(() => {
      this.#tables = undefined;
    });
    return this.#tables;
  }

  setOwn({ guarded, stations }: OwnAddresses): void {
    const own = interfaceHardware(this.#interface)?.address;
    this.#ownWithoutRoom =
      this.#guarded.set(guardedEntries(guarded, this.#ignored)) +
      this.#stations.set(stationEntries(own ? [own, ...stations] : stations));
  }

  isAttached(): boolean {
    return this.#link.info().ifindex !== 0;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#link.close();
    this.#ring.drain();
    this.#ring.close();
    for (const map of this.#maps.values()) map.close();
    this.#object.close();
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
      if (sighting) this.#onSighting(sighting);
      else this.#undecoded++;
    }
  }
}
