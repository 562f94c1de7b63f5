import type { BpfMap } from 'bpf-loader-native';
import type { TableFill } from './data-plane.ts';
import { memoryOfMaps } from './map-memory.ts';

/** The tables that people hear of, each with the maps that belong to it, the one with the entries first. */
const tableMaps = {
  blocks: ['xs_blocks', 'xs_block_filter', 'xs_block_vicinities', 'xs_block_lengths', 'xs_hot'],
  sources: ['xs_sources', 'xs_places'],
  connected: ['xs_connected'],
  ignored: ['xs_ignored', 'xs_ignored_vicinities'],
} as const;

/** How full they are, and how much memory they take. Counting walks a table, on another thread. */
export async function countTables(mapOf: (name: string) => BpfMap): Promise<TableFill[]> {
  const tables = Object.entries(tableMaps);
  const entries = await Promise.all(tables.map(([, [first]]) => mapOf(first).count()));
  const memory = memoryOfMaps();
  return tables.map(([table, names], index) => ({
    table,
    entries: entries[index]!,
    capacity: mapOf(names[0]).info.maxEntries,
    bytes: names.reduce((sum, name) => sum + (memory.get(mapOf(name).info.id) ?? 0), 0),
  }));
}
