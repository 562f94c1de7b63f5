import { ListReader } from '../../../src/lists/reader.ts';
import type { ListFacts, ListFormat } from '../../../src/lists/reading.ts';
import { makeListGuard } from '../../../src/respond/list-guard.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';
import { EMPTY_COLUMNS, prefixesIn } from '../../../src/values/prefix-columns.ts';

/** A guard that knows of no address of ours. */
export const guard = makeListGuard(EMPTY_COLUMNS, EMPTY_COLUMNS);

/** What a list holds, as text, when it comes in these pieces. */
export function read(
  pieces: string | readonly (string | Uint8Array)[],
  format?: ListFormat,
): ListFacts & { readonly networks: string[] } {
  const reader = new ListReader(guard, format);
  for (const piece of typeof pieces === 'string' ? [pieces] : pieces) reader.push(Buffer.from(piece));
  const { columns, facts } = reader.finish();
  return { ...facts, networks: [...prefixesIn(columns)].map(formatPrefix) };
}
