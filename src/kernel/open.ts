import { randomInt } from 'node:crypto';
import type { BpfMap } from 'bpf-loader-native';
import { hasEthernet } from './attach.ts';
import { indexKey } from './counters.ts';
import type { DataPlane } from './data-plane.ts';
import { Generation } from './generation.ts';
import { inspect } from './left-behind.ts';
import { LibbpfDataPlane, type Origin } from './libbpf.ts';
import { Loader } from './loader.ts';
import type { DataPlaneOptions } from './options.ts';
import { viewOf } from './struct.ts';

/** Tables whose size is that of the policy. */
const ofSources: ReadonlySet<string> = new Set(['xs_sources', 'xs_places']);

/**
 * Loads and fills the data plane; `attach()` is left to the caller, who may have more to put into its tables before the first
 * packet. Throws a SentryError, and leaves nothing behind then.
 */
export function openDataPlane(options: DataPlaneOptions): DataPlane {
  const found = inspect(options.interfaces);
  const seed = seedIn(found.maps) ?? randomInt(2 ** 32);
  const isAsLarge = found.maps.get('xs_sources')?.info.maxEntries === options.tables.sources;
  const kept = [...found.maps].filter(([name]) => isAsLarge || !ofSources.has(name));
  const { sourceBits6, tables } = options;
  try {
    const loader = new Loader({ seed, sourceBits6, tables });
    const [name] = options.interfaces;
    const withEthernet = name === undefined || hasEthernet(name);
    const generation = Generation.first(loader, options, withEthernet, new Map(kept));
    const forgotten = found.objection ?? (isAsLarge ? undefined : 'tables.sources is another');
    return build(generation, options, { seed, predecessors: found.leftBehind, forgotten });
  } finally {
    for (const map of found.maps.values()) map.close();
  }
}

/** What a sentry before knows of sources is found by its seed alone. */
function seedIn(kept: ReadonlyMap<string, BpfMap>): number | undefined {
  const value = kept.get('xs_seed')?.get(indexKey(0));
  return value && viewOf(value).getUint32(0, true);
}

function build(generation: Generation, options: DataPlaneOptions, origin: Origin): DataPlane {
  try {
    return new LibbpfDataPlane(generation, options, origin);
  } catch (error) {
    generation.close();
    for (const table of generation.lasting.values()) table.close();
    throw error;
  }
}
