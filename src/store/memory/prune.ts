import type { DatabaseSync } from 'node:sqlite';
import type { Moment } from './rows.ts';

/** Rows that go in one step: the batch that waits behind it has to wait for them. */
const STEP_ROWS = 20_000;

export type Keep = {
  /** History is kept for so long … */
  readonly historyMs: number;
  /** … and at most so much of it. */
  readonly historyRows: number;
  /** So long after its last block an offender is remembered. */
  readonly offenceMs: number;
  /** So long after its last probe a source's trail is remembered … */
  readonly trailMs: number;
  /** … and at most so many of them. */
  readonly trailRows: number;
};

/** Answers a function that takes out of the history what is too old or too much, some of it with each call. */
export function historyPruner(database: DatabaseSync, keep: Keep): (moment: Moment) => void {
  const byAge = database.prepare(
    'DELETE FROM history WHERE id IN (SELECT id FROM history WHERE at_ms < ? ORDER BY at_ms LIMIT ?)',
  );
  const byCount = database.prepare(
    'DELETE FROM history WHERE id IN (SELECT id FROM history WHERE id <= (SELECT MAX(id) FROM history) - ? ORDER BY id LIMIT ?)',
  );
  return ({ nowMs }) => {
    byAge.run(nowMs - keep.historyMs, STEP_ROWS);
    byCount.run(keep.historyRows, STEP_ROWS);
  };
}

/** Offenders whose time is over. */
export function pruneOffences(database: DatabaseSync, { offenceMs }: Keep, { nowNs }: Moment): void {
  database.prepare('DELETE FROM offences WHERE until_ns < ?').run(nowNs - offenceMs * 1e6);
}

/**
 * Answers a function that takes out the trails that are too old or too many: first those on probation, and of each kind those of the sources
 * that were silent longest.
 */
export function trailPruner(database: DatabaseSync, keep: Keep): (moment: Moment) => void {
  const byAge = database.prepare('DELETE FROM trails WHERE last_ns < ?');
  const byCount = database.prepare(
    `DELETE FROM trails WHERE source IN (
       SELECT source FROM trails ORDER BY is_on_probation DESC, last_ns LIMIT MAX(0, (SELECT COUNT(*) FROM trails) - ?))`,
  );
  return ({ nowNs }) => {
    byAge.run(nowNs - keep.trailMs * 1e6);
    byCount.run(keep.trailRows);
  };
}
