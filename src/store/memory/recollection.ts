import type { ChangedTrails } from './changed-trails.ts';
import type { Pending } from './pending.ts';
import type { BlockRow, CampaignRow, OffenceRow, StoredBlock, TrailRow } from './rows.ts';
import type { DistantDatabase } from './thread.ts';

/** What an earlier run has left, in portions. */
export type Recollection = {
  blocks(): AsyncIterable<readonly StoredBlock[]>;
  offences(): AsyncIterable<readonly OffenceRow[]>;
  trails(): AsyncIterable<readonly TrailRow[]>;
  campaign(): Promise<CampaignRow | undefined>;
};

/** What has changed since the database was written, and is to be written yet. */
export type Changed = {
  readonly blocks: Pick<Pending<BlockRow>, 'has'>;
  readonly offences: Pick<Pending<OffenceRow>, 'has'>;
  readonly trails: Pick<ChangedTrails, 'isForgotten'>;
};

/** What is in the database, less what has changed since. */
export const recollectionOf = (
  database: Pick<DistantDatabase, 'blocksAfter' | 'offencesAfter' | 'trailsAfter' | 'campaign'>,
  { blocks, offences, trails }: Changed,
): Recollection => ({
  async *blocks() {
    const portions = ahead((last: StoredBlock | undefined) => database.blocksAfter(last?.id ?? 0));
    for await (const rows of portions) yield rows.filter(({ source }) => !blocks.has(source));
  },
  async *offences() {
    const portions = ahead((last: OffenceRow | undefined) => database.offencesAfter(last?.source ?? ''));
    for await (const rows of portions) yield rows.filter(({ source }) => !offences.has(source));
  },
  async *trails() {
    const portions = ahead((last: TrailRow | undefined) => database.trailsAfter(last?.source ?? ''));
    for await (const rows of portions) yield rows.filter(({ source }) => !trails.isForgotten(source));
  },
  campaign: () => database.campaign(),
});

/** Portions until one is empty; the next is read while one is made use of. */
async function* ahead<Row>(read: (last: Row | undefined) => Promise<Row[]>): AsyncIterableIterator<Row[]> {
  let next = read(undefined);
  for (let rows = await next; rows.length > 0; rows = await next) {
    next = read(rows.at(-1));
    next.catch(() => undefined); // it is told of when its turn comes, if it does
    yield rows;
  }
}
