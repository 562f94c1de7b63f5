import { randomInt } from 'node:crypto';
import type { BpfMap, BpfObject } from 'bpf-loader-native';
import { hasEthernet } from './attach.ts';
import { filterLines } from './block-front.ts';
import { indexKey } from './counters.ts';
import type { DataPlane } from './data-plane.ts';
import { inspect } from './left-behind.ts';
import { LibbpfDataPlane, type Origin } from './libbpf.ts';
import { loadObject } from './load.ts';
import type { DataPlaneOptions } from './options.ts';
import { countingRules, rulesTag } from './rules.ts';
import { viewOf } from './struct.ts';

/** Entries of the ignore list, which may grow, and of the addresses of this host and its gateways. Memory is taken as they come. */
const EXEMPT_CAPACITY = 131_072;
/** Sources that hold a connection: those of two looks of src/connections.ts. Memory is taken as they come. */
const CONNECTED_CAPACITY = 131_072;
/** Events a second of one source when each probe is wanted. */
const EVERY_PROBE = 256;
/** Cards of first visits that there is room for at least: what the odds in docs/floods.md are for. */
const MIN_PLACES = 2 ** 17;
/** Tables whose size is that of the policy. */
const ofSources: ReadonlySet<string> = new Set(['xs_sources', 'xs_places']);

/**
 * Loads and fills the data plane; `attach()` is left to the caller, who may have more to put into its tables before the first
 * packet. Throws a SentryError, and leaves nothing behind then.
 */
export function openDataPlane(options: DataPlaneOptions): DataPlane {
  const found = inspect(options.interface);
  const withEthernet = hasEthernet(options.interface);
  const seed = seedIn(found.maps) ?? randomInt(2 ** 32);
  const tag = rulesTag(options.rules);
  const places = placesFor(options.tables.sources);
  const settings = {
    filterSeed: seed,
    placeMask: places - 1,
    sourceBits6: options.sourceBits6,
    ruleCount: countingRules(options.rules).length,
    rulesTag: tag,
    noEthernet: !withEthernet,
    skipOtherStations: withEthernet,
    swallowProbes: options.swallowProbes,
    spareServed: options.spareServed,
    tellIgnored: options.tellIgnored,
    ...(options.tellEvery && { sourceRepeatsMax: EVERY_PROBE }),
    ephemeralFirst: options.ephemeralPorts[0],
    ephemeralLast: options.ephemeralPorts[1],
  };
  const capacities = {
    xs_blocks: options.tables.blocks,
    xs_block_filter: filterLines(options.tables.blocks),
    xs_sources: options.tables.sources,
    xs_places: places,
    xs_ignored: EXEMPT_CAPACITY,
    xs_connected: CONNECTED_CAPACITY,
  };
  const isAsLarge = found.maps.get('xs_sources')?.info.maxEntries === options.tables.sources;
  const kept = [...found.maps].filter(([name]) => isAsLarge || !ofSources.has(name));
  try {
    const object = loadObject(settings, capacities, new Map(kept));
    const forgotten = found.objection ?? (isAsLarge ? undefined : 'tables.sources is another');
    const origin = { seed, tag, withEthernet, isSuccessor: found.isLeftBehind, forgotten };
    return build(object, options, origin);
  } finally {
    for (const map of found.maps.values()) map.close();
  }
}

/** What a sentry before knows of sources is found by its seed alone. */
function seedIn(kept: ReadonlyMap<string, BpfMap>): number | undefined {
  const value = kept.get('xs_seed')?.get(indexKey(0));
  return value && viewOf(value).getUint32(0, true);
}

function build(object: BpfObject, options: DataPlaneOptions, origin: Origin): DataPlane {
  try {
    return new LibbpfDataPlane(object, options, origin);
  } catch (error) {
    object.close();
    throw error;
  }
}

/** Entries of xs_places, which remember three each of those in the table of sources: a power of two, as many as sources at least. */
const placesFor = (sources: number): number => Math.max(MIN_PLACES, 2 ** Math.ceil(Math.log2(sources)));
