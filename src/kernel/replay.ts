import { type BpfMap, type BpfProgram, RingBuffer } from 'bpf-loader-native';
import type { Prefix } from '../values/prefix.ts';
import { BlockFront, frontMemory } from './block-front.ts';
import { BlockMap } from './block-map.ts';
import { Connected } from './connected.ts';
import { readLosses, readOutcomes } from './counters.ts';
import type { KernelBlock, LossCount, NewBlock, OutcomeCount, Sighting } from './data-plane.ts';
import { decodeEvent, encodePrefix } from './decode.ts';
import { Exempt } from './exempt.ts';
import type { FrameBatch } from './frame-batch.ts';
import { Generation } from './generation.ts';
import type { Tunables } from './load.ts';
import { Loader } from './loader.ts';
import type { DataPlaneOptions } from './options.ts';
import type { ProgramOptions } from './program-options.ts';
import { eventLayout, momentLayout } from './wire.generated.ts';

export type ReplayOptions = ProgramOptions &
  Pick<DataPlaneOptions, 'ignored' | 'sourceBits6' | 'tables' | 'onSighting'> & {
    readonly guarded: readonly Prefix[];
  };

/** Not by chance, so that the same frames have the same consequences every time. */
const SEED = 0x5eed;
const EVENT_BATCH = 64;
const XDP_DROP = 1;
const NO_LIMIT = 0xffff_ffff;

/** No question to this machine; and no probe goes untold, nor any source unknown: a replay has the time that a flood takes. */
const tunables: Tunables = {
  isReplay: true,
  skipForwarded: false,
  skipOtherStations: false,
  sourceChangesMax: NO_LIMIT,
  sourceRepeatsMax: NO_LIMIT,
  eventsMax: NO_LIMIT,
  newSourcesMax: NO_LIMIT,
};

/**
 * The program and its tables, attached to nothing: frames of a capture are run through it, each in its own time, which is the clock
 * of everything here. What it tells of a frame, and what comes of that, is done before the next one.
 */
export class ReplayPlane {
  readonly #generation: Generation;
  readonly #program: BpfProgram;
  readonly #moment: Uint8Array;
  readonly #ring: RingBuffer;
  readonly #front: BlockFront;
  readonly #blocks: BlockMap;
  readonly #onSighting: (sighting: Sighting) => void;
  readonly #connected: Connected;
  #withoutRoom = 0;
  #nowNs = 0;
  #undecoded = 0;

  /** Throws a SentryError. */
  constructor(options: ReplayOptions) {
    const { sourceBits6, tables } = options;
    const loader = new Loader({ seed: SEED, sourceBits6, tables, replay: tunables });
    this.#generation = Generation.first(loader, options, true, new Map());
    this.#program = this.#generation.program(true);
    this.#moment = new Uint8Array(this.#generation.variables(true), 0, momentLayout.size);
    this.#onSighting = options.onSighting;
    this.#front = new BlockFront(frontMemory(this.#map), tables.blocks, SEED);
    const table = { blocks: this.#map('xs_blocks'), hot: this.#map('xs_hot') };
    this.#blocks = new BlockMap(table, this.#front, this.#generation.tag);
    this.#connected = new Connected(this.#map('xs_connected'));
    new Exempt(this.#map, SEED).set(options.ignored, options.guarded);
    this.#front.touch();
    if (options.rules.length > 0) {
      this.#front.expect({ family: 4, length: 32 });
      this.#front.expect({ family: 6, length: 128 });
      this.#front.expect({ family: 6, length: sourceBits6 });
    }
    const ring = { recordSize: eventLayout.size, maxBatch: EVENT_BATCH };
    this.#ring = new RingBuffer(this.#map('xs_events'), ring, (count) => this.#hand(count));
    this.#ring.unref();
  }

  /** Runs the frames of the batch; `onDropped` is told the place of each that was dropped. */
  run(batch: FrameBatch, onDropped: (index: number) => void): void {
    const { data, ends, notes, count } = batch;
    const verdicts = new Uint8Array(count);
    const run = { data, ends, count, notes, place: this.#moment, verdicts, until: this.#map('xs_events') };
    for (let first = 0; first < count; ) {
      const next = this.#program.testRunEach({ ...run, first });
      this.#nowNs = batch.timeOf(next - 1);
      for (; first < next; first++) if (verdicts[first] === XDP_DROP) onDropped(first);
      this.#ring.drain();
    }
  }

  nowNs(): number {
    return this.#nowNs;
  }

  block(block: NewBlock): void {
    this.#blocks.put(block, this.#nowNs);
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

  blocks(): IterableIterator<KernelBlock> {
    return this.#blocks[Symbol.iterator]();
  }

  forget(source: Prefix): void {
    this.#map('xs_sources').delete(encodePrefix(source));
  }

  /** The kernel's rules block none of these sources, given by their text. */
  setConnected(sources: ReadonlyMap<string, Prefix>): void {
    this.#withoutRoom = this.#connected.set(sources);
  }

  outcomes(): OutcomeCount[] {
    return readOutcomes(this.#map('xs_outcomes'));
  }

  losses(): LossCount[] {
    return [
      ...readLosses(this.#map('xs_losses')),
      { reason: 'undecoded', count: this.#undecoded + this.#ring.oddRecords },
      { reason: 'connected_table_full', count: this.#withoutRoom },
    ];
  }

  close(): void {
    this.#ring.close();
    this.#program.close();
    this.#generation.close();
    for (const table of this.#generation.lasting.values()) table.close();
  }

  #refillFront(): void {
    if (this.#front.wantsRefill) for (const _ of this.#front.refill(this.#blocks.prefixes()));
  }

  readonly #map = (name: string): BpfMap => {
    const map = this.#generation.lasting.get(name);
    if (!map) throw new Error(`there is no table ${name}`);
    return map;
  };

  #hand(count: number): void {
    const view = new DataView(this.#ring.buffer);
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
