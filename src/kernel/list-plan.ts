import type { PrefixColumns } from '../values/prefix-columns.ts';
import { layOut, type Sieves } from './sieves.ts';
import { filterKey, listLayout } from './wire.generated.ts';

/** Bytes of a line (struct xs_line), the unit of the table of lists. */
export const LINE_BYTES = listLayout.LINE_WORDS * 8;

/** Prefix length of the unit that IPv6 vicinities are hashes of; see xs_vicinity. */
export const VICINITY_LENGTH6 = 32;

/** Lines of entries are made half full, so that hardly any entry has to go on to the next line. */
const FILL = 0.5;

/** Hashes that are taken for one network at most: ten milliseconds. */
const HASHES_MAX = 2 ** 20;

/** Lines that entries belong to. Behind them there are as many as an entry may be away from the last. */
type Lines = { readonly first: number; readonly lines: number };

/** What the table of all lists is made of. */
export type ListPlan = {
  readonly sieves: Sieves;
  /** 0: there are no networks. */
  readonly vicinityBits: number;
  /** First lines of vicinities. */
  readonly vicinities4: number;
  readonly vicinities6: number;
  /** Networks of IPv6 are so wide that each vicinity is taken to have one. */
  readonly everywhere6: boolean;
  readonly entries4: Lines;
  readonly entries6: Lines;
  /** Of the whole table. */
  readonly lines: number;
};

/** `size`: how much longer than usual the lines of entries are to be. */
export function planLists(lists: readonly PrefixColumns[], size: number): ListPlan {
  const of4 = countAll(
    lists.map(({ lengths4 }) => lengths4),
    filterKey.HOST_BITS4,
  );
  const of6 = countAll(
    lists.map(({ lengths6 }) => lengths6),
    filterKey.HOST_BITS6,
  );
  const bits = vicinityBits(of4.networks + of6.networks);
  let next: number = listLayout.LIST_PLACE + 1;
  const take = (lines: number) => {
    const first = next;
    next += lines;
    return first;
  };
  const takeEntries = (entries: number, aLine: number): Lines => {
    const lines = Math.max(1, Math.ceil((entries / aLine / FILL) * size));
    return { first: take(lines + listLayout.LIST_PROBES - 1), lines };
  };

  const sieves = layOut(of4.entries + of6.entries, next * listLayout.LINE_WORDS);
  take(Math.ceil((sieves.coarse.words + sieves.fine.words) / listLayout.LINE_WORDS));
  const vicinityLines = bits === 0 ? 0 : 2 ** bits / (LINE_BYTES * 8);
  return {
    sieves,
    vicinityBits: bits,
    vicinities4: take(vicinityLines),
    vicinities6: take(vicinityLines),
    everywhere6: of6.vicinities > Math.min(2 ** bits / 4, HASHES_MAX),
    entries4: takeEntries(of4.entries, listLayout.LISTED4_A_LINE),
    entries6: takeEntries(of6.entries, listLayout.LISTED6_A_LINE),
    lines: next,
  };
}

/** Vicinities for so many networks: some hundred for each, 2^24 at most (in IPv4 the /24, 2 MB). */
const vicinityBits = (networks: number): number =>
  networks === 0 ? 0 : Math.min(24, Math.max(16, Math.ceil(Math.log2(networks)) + 8));

/** `vicinities`: units of 32 bits that networks wider than that hold. */
function countAll(
  columns: readonly Uint8Array[],
  hostBits: number,
): { entries: number; networks: number; vicinities: number } {
  const of = new Float64Array(256);
  for (const lengths of columns) for (let index = 0; index < lengths.length; index++) of[lengths[index]!]!++;
  let [entries, networks, vicinities] = [0, 0, 0];
  for (const [length, count] of of.entries()) {
    entries += count;
    if (length < hostBits) networks += count;
    if (length < VICINITY_LENGTH6) vicinities += count * 2 ** (VICINITY_LENGTH6 - length);
  }
  return { entries, networks, vicinities };
}
