import type { BpfMap, BpfObject } from 'bpf-loader-native';
import { filterLines } from './block-front.ts';
import { loadObject, type Tunables } from './load.ts';
import type { DataPlaneOptions } from './options.ts';
import type { ProgramOptions } from './program-options.ts';
import { countingRules, rulesTag } from './rules.ts';

/** Entries of the ignore list, which may grow, and of the addresses of this host and its gateways. Memory is taken as they come. */
const EXEMPT_CAPACITY = 131_072;
/** Sources that hold a connection, those of two looks of src/exempt/connections.ts, and regulars. Memory is taken as they come. */
const CONNECTED_CAPACITY = 196_608;
/** Events a second of one source when each probe is wanted. */
const EVERY_PROBE = 256;
/** Cards of first visits that there is room for at least: what the odds in docs/floods.md are for. */
const MIN_PLACES = 2 ** 17;

/** What the tables are made for; no program that goes on with them may see it otherwise. */
export type TableOptions = Pick<DataPlaneOptions, 'sourceBits6' | 'tables'> & {
  readonly seed: number;
  /** What is otherwise in a replay than on an interface. */
  readonly replay?: Tunables;
};

/** Loads programs that work with the same tables. */
export class Loader {
  readonly #options: TableOptions;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  get seed(): number {
    return this.#options.seed;
  }

  /**
   * A program for these options, and for devices with or without an Ethernet header. `shared` stand in for the tables of their names;
   * all others are made. Throws a SentryError.
   */
  load(options: ProgramOptions, withEthernet: boolean, shared: ReadonlyMap<string, BpfMap>): BpfObject {
    const { seed, sourceBits6, tables, replay } = this.#options;
    const places = placesFor(tables.sources);
    const settings = {
      filterSeed: seed,
      placeMask: places - 1,
      sourceBits6,
      ruleCount: countingRules(options.rules).length,
      rulesTag: rulesTag(options.rules),
      noEthernet: !withEthernet,
      skipOtherStations: withEthernet,
      swallowProbes: options.swallowProbes,
      spareServed: options.spareServed,
      spareDecoys: options.spareDecoys,
      tellIgnored: options.tellIgnored,
      ...(options.tellEvery && { sourceRepeatsMax: EVERY_PROBE }),
      ephemeralFirst: options.ephemeralPorts[0],
      ephemeralLast: options.ephemeralPorts[1],
      ...replay,
    };
    const capacities = {
      xs_blocks: tables.blocks,
      xs_block_filter: filterLines(tables.blocks),
      xs_sources: tables.sources,
      xs_places: places,
      xs_ignored: EXEMPT_CAPACITY,
      xs_connected: CONNECTED_CAPACITY,
    };
    return loadObject(settings, capacities, shared);
  }
}

/** Entries of xs_places, which remember three each of those in the table of sources: a power of two, as many as sources at least. */
const placesFor = (sources: number): number => Math.max(MIN_PLACES, 2 ** Math.ceil(Math.log2(sources)));
