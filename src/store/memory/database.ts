import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { settleClock } from './clock.ts';
import { readHistory } from './history.ts';
import { openDatabase } from './open-database.ts';
import { historyPruner, type Keep, pruneOffences, trailPruner } from './prune.ts';
import type {
  Batch,
  CampaignRow,
  HistoryQuery,
  HistoryRow,
  Moment,
  OffenceRow,
  StoredBlock,
  TrailRow,
} from './rows.ts';
import { batchWriter } from './write-batch.ts';

/** Rows that are read at one time. */
const PORTION = 2048;
/** To count the trails takes a walk through all of them. */
const PRUNE_TRAILS_NS = 60e9;

export type OpenResult = {
  /** Where the corrupt database lies that this one has taken the place of. */
  readonly aside: string | undefined;
  /** There is nothing in it. */
  readonly isNew: boolean;
};

type Open = {
  readonly database: DatabaseSync;
  readonly inode: number;
  readonly write: (batch: Batch, moment: Moment) => void;
  readonly prune: (moment: Moment) => void;
  readonly pruneTrails: (moment: Moment) => void;
};

/** The database, as one thread uses it. Everything may throw an Error that says what is wrong with it. */
export class Database {
  readonly #path: string;
  readonly #keep: Keep;
  #open: Open | undefined;
  #prunedNs = Number.NEGATIVE_INFINITY;

  constructor(path: string, keep: Keep) {
    this.#path = path;
    this.#keep = keep;
  }

  /** Opens it anew if it was open. */
  open(moment: Moment): OpenResult {
    this.close();
    const { database, inode, isNew, aside } = openDatabase(this.#path, moment.nowMs);
    try {
      const pruneTrails = trailPruner(database, this.#keep);
      inTransaction(database, () => {
        settleClock(database, moment);
        pruneOffences(database, this.#keep, moment);
        pruneTrails(moment);
      });
      this.#prunedNs = moment.nowNs;
      this.#open = {
        database,
        inode,
        write: batchWriter(database),
        prune: historyPruner(database, this.#keep),
        pruneTrails,
      };
    } catch (error) {
      database.close();
      throw error;
    }
    return { aside, isNew };
  }

  /** All of the batch or nothing. */
  write(batch: Batch, moment: Moment): void {
    const { database, inode, write, prune, pruneTrails } = this.#opened();
    if (statSync(this.#path, { throwIfNoEntry: false })?.ino !== inode)
      throw new Error('the file has been taken away');
    const isPruning = batch.trails.length > 0 && moment.nowNs - this.#prunedNs >= PRUNE_TRAILS_NS;
    inTransaction(database, () => {
      settleClock(database, moment);
      write(batch, moment);
      prune(moment);
      if (isPruning) pruneTrails(moment);
    });
    if (isPruning) this.#prunedNs = moment.nowNs;
  }

  /** The next blocks, oldest first, from after that one; those that are over are among them. None: that was all. */
  blocksAfter(id: number): StoredBlock[] {
    const rows = this.#opened()
      .database.prepare(
        `SELECT id, source, origin, reason, address, protocol, port, is_proven AS isProven,
           added_ns AS addedNs, until_ns AS untilNs
         FROM blocks WHERE id > ? ORDER BY id LIMIT ${PORTION}`,
      )
      .all(id);
    return rows.map(({ address, protocol, port, isProven, ...row }) => {
      const evidence = { address, protocol, port, ...(isProven === 1 && { isProven: true }) };
      return { ...row, evidence: address === null ? null : evidence } as StoredBlock;
    });
  }

  /** The next offenders from after that one, in the order of their texts. */
  offencesAfter(source: string): OffenceRow[] {
    const rows = this.#opened()
      .database.prepare(
        `SELECT source, count, until_ns AS untilNs FROM offences WHERE source > ? ORDER BY source LIMIT ${PORTION}`,
      )
      .all(source);
    requireOrder([source, ...rows.map((row) => String(row['source']))]);
    return rows.map((row) => ({ ...row }) as OffenceRow);
  }

  /** The next trails from after that source, in the order of their texts. */
  trailsAfter(source: string): TrailRow[] {
    const rows = this.#opened()
      .database.prepare(
        `SELECT source, first_ns AS firstNs, last_ns AS lastNs, probes, is_proven AS isProven, story_ns AS storyNs,
           story_total AS storyTotal, is_on_probation AS isOnProbation,
           answered_after_ms AS answeredAfterMs, pardoned_after_ms AS pardonedAfterMs, touches
         FROM trails WHERE source > ? ORDER BY source LIMIT ${PORTION}`,
      )
      .all(source);
    requireOrder([source, ...rows.map((row) => String(row['source']))]);
    const flags = ({ isProven, isOnProbation }: (typeof rows)[number]) => ({
      isProven: isProven === 1,
      isOnProbation: isOnProbation === 1,
    });
    return rows.map((row) => ({ ...row, ...flags(row) }) as TrailRow);
  }

  /** What is known of campaigns; undefined: nothing. */
  campaign(): CampaignRow | undefined {
    const row = this.#opened().database.prepare('SELECT at_ns AS atNs, state FROM campaign').get();
    return row && ({ ...row } as CampaignRow);
  }

  history(query: HistoryQuery): HistoryRow[] {
    return readHistory(this.#opened().database, query);
  }

  /** May be called twice. */
  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }

  #opened(): Open {
    if (!this.#open) throw new Error('it is not open');
    return this.#open;
  }
}

/**
 * SQLite's own checks do not see that the keys of a spoilt page are out of order, and whoever goes on from the last one would get the same
 * rows for ever. Compared as SQLite does it: by bytes.
 */
function requireOrder(keys: readonly string[]): void {
  const isInOrder = keys.every(
    (key, at) => at === 0 || Buffer.compare(Buffer.from(keys[at - 1]!), Buffer.from(key)) < 0,
  );
  if (!isInOrder)
    throw new Error('its rows are out of order: it is corrupt; move it away, and a new one begins');
}

function inTransaction(database: DatabaseSync, step: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    step();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK'); // a full disk rolls back by itself
    throw error;
  }
}
