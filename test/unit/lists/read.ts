import { ListReader } from '../../../src/lists/reader.ts';
import type { ListFacts, ListFormat } from '../../../src/lists/reading.ts';
import { makeListGuard } from '../../../src/respond/list-guard.ts';
import { packAll } from '../../../src/values/packed-prefixes.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';
import { prefixesIn } from '../../../src/values/prefix-columns.ts';

/** No addresses of ours, no ignore list. */
export const nobody = { own: packAll([]), ignored: packAll([]) };

/** A guard that knows of no address of ours. */
export const guard = makeListGuard(nobody);

/** What a list holds, as text, when it comes in these pieces. */
export function read(
  pieces: string | readonly (string | Uint8Array)[],
  format?: ListFormat,
  maxNetworks?: number,
): ListFacts & { readonly networks: string[] } {
  const reader = new ListReader(guard, format, maxNetworks);
  for (const piece of typeof pieces === 'string' ? [pieces] : pieces) reader.push(Buffer.from(piece));
  const { columns, facts } = reader.finish();
  return { ...facts, networks: [...prefixesIn(columns)].map(formatPrefix) };
}
