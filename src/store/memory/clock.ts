import type { DatabaseSync } from 'node:sqlite';
import type { Moment } from './rows.ts';

/** A wall clock that differs by less has not been set: it drifts, and is read a moment later. */
const STEP_MS = 1000;

/** Whether the wall clock was set since it stood so far from boot time. */
export const wasSet = (offset: number, moment: Moment): boolean =>
  Math.abs(offset - offsetOf(moment)) >= STEP_MS;

/** Wall clock at boot time zero, as the clock stands now. */
export const offsetOf = ({ nowMs, nowNs }: Moment): number => Math.round(nowMs - nowNs / 1e6);

/**
 * Brings both kinds of time into line. After a boot the wall clock is all there is: boot times are made of it anew, and a clock that was
 * set back must not make a block last longer than it was to. Within a boot it is the other way round: a clock that was set moves
 * no end, but is what the next boot will go by.
 */
export function settleClock(database: DatabaseSync, moment: Moment): void {
  const known = database.prepare('SELECT boot, offset_ms AS offset FROM clock').get() as
    | { boot: string; offset: number }
    | undefined;
  const offset = offsetOf(moment);
  if (known?.boot === moment.boot && !wasSet(known.offset, moment)) return;
  if (known?.boot === moment.boot) followStep(database, offset);
  else followBoot(database, moment);
  database.exec('DELETE FROM clock');
  database.prepare('INSERT INTO clock (boot, offset_ms) VALUES (?, ?)').run(moment.boot, offset);
}

function followStep(database: DatabaseSync, offset: number): void {
  const wall = (column: string) => `CAST(ROUND($offset + ${column} / 1e6) AS INTEGER)`;
  database
    .prepare(`UPDATE blocks SET added_ms = ${wall('added_ns')}, until_ms = ${wall('until_ns')}`)
    .run({ $offset: offset });
  database.prepare(`UPDATE offences SET until_ms = ${wall('until_ns')}`).run({ $offset: offset });
  database
    .prepare(`UPDATE trails SET first_ms = ${wall('first_ns')}, last_ms = ${wall('last_ns')}`)
    .run({ $offset: offset });
  database.prepare(`UPDATE campaign SET at_ms = ${wall('at_ns')}`).run({ $offset: offset });
}

function followBoot(database: DatabaseSync, { nowMs, nowNs }: Moment): void {
  const now = { $nowMs: nowMs, $nowNs: nowNs };
  database
    .prepare(
      `UPDATE blocks SET
         added_ns = $nowNs + (MIN(added_ms, $nowMs) - $nowMs) * 1e6,
         until_ns = $nowNs + MIN(until_ms - $nowMs, until_ms - added_ms) * 1e6`,
    )
    .run(now);
  database.prepare('UPDATE offences SET until_ns = $nowNs + (until_ms - $nowMs) * 1e6').run(now);
  database
    .prepare(
      `UPDATE trails SET
         first_ns = $nowNs + (MIN(first_ms, last_ms, $nowMs) - $nowMs) * 1e6,
         last_ns = $nowNs + (MIN(last_ms, $nowMs) - $nowMs) * 1e6,
         story_ns = NULL`,
    )
    .run(now);
  database.prepare('UPDATE campaign SET at_ns = $nowNs + (MIN(at_ms, $nowMs) - $nowMs) * 1e6').run(now);
}
