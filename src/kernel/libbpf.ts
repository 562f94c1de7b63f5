import { type BpfLink, type BpfMap, type BpfObject, bootTimeNs, RingBuffer } from 'bpf-loader-native';
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
  Sighting,
  TableFill,
} from './data-plane.ts';
import { decodeEvent } from './decode.ts';
import { fillIgnored, fillInstants, fillMonitored, type InstantRule } from './fill.ts';
import { loadObject, PROGRAM_NAME } from './load.ts';
import { PrefixLengths } from './prefix-lengths.ts';
import { eventLayout } from './wire.generated.ts';

/** Events a turn of the event loop: 90 KB, about a millisecond of work. */
const EVENT_BATCH = 1024;

export type DataPlaneOptions = AttachRequest & {
  readonly monitored: Readonly<Record<Protocol, PortSet>>;
  readonly ignored: readonly Prefix[];
  /** Counted, but never blocked. */
  readonly guarded: readonly Prefix[];
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
  const object = loadObject(
    {
      sourceBits6: options.sourceBits6,
      noEthernet: !hasEthernet(options.interface),
      swallowProbes: options.swallowProbes,
      ephemeralFirst: options.ephemeralPorts[0],
      ephemeralLast: options.ephemeralPorts[1],
    },
    { xs_blocks: options.tables.blocks, xs_sources: options.tables.sources },
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
  #undecoded = 0;

  constructor(object: BpfObject, options: DataPlaneOptions) {
    this.#object = object;
    this.#onSighting = options.onSighting;
    const lengths = new PrefixLengths(this.#map('xs_block_lengths').mmap());
    this.#blocks = new BlockMap(this.#map('xs_blocks'), lengths);
    fillMonitored(this.#map('xs_monitored').mmap(), options.monitored);
    fillIgnored(this.#map('xs_ignored'), options.ignored, options.guarded);
    if (options.instants.length > 0) {
      fillInstants(this.#map('xs_instants'), options.instants);
      lengths.keep(4, 32);
      lengths.keep(6, 128);
      if (options.sourceBits6 !== 128) lengths.keep(6, options.sourceBits6);
    }
    const { link, attachment } = attach(object.program(PROGRAM_NAME), options);
    this.#link = link;
    this.attachment = attachment;
    const ringOptions = { recordSize: eventLayout.size, maxBatch: EVENT_BATCH };
    this.#ring = new RingBuffer(this.#map('xs_events'), ringOptions, (count) => this.#handBatch(count));
  }

  nowNs(): number {
    return Number(bootTimeNs());
  }

  block(block: NewBlock): void {
    this.#blocks.put(block, this.nowNs());
  }

  adopt(prefix: Prefix): void {
    this.#blocks.note(prefix);
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
    ];
  }

  async tables(): Promise<TableFill[]> {
    const sources = this.#map('xs_sources');
    const ignored = this.#map('xs_ignored');
    return [
      { table: 'blocks', entries: this.#blocks.size, capacity: this.#blocks.capacity },
      { table: 'sources', entries: await sources.count(), capacity: sources.info.maxEntries },
      { table: 'ignored', entries: await ignored.count(), capacity: ignored.info.maxEntries },
    ];
  }

  drain(): void {
    while (this.#ring.drain() > 0);
  }

  close(): void {
    this.#link.close();
    this.#ring.close();
    for (const map of this.#maps.values()) map.close();
    this.#maps.clear();
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
