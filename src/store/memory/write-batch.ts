import type { DatabaseSync } from 'node:sqlite';
import { offsetOf } from './clock.ts';
import type { Batch, BlockRow, HistoryRow, Moment, OffenceRow, TrailRow } from './rows.ts';

const historyColumns = [
  'event',
  'source',
  'rule',
  'address',
  'ports',
  'kinds',
  'probes',
  'action',
  'origin',
  'reason',
  'seconds',
  'cause',
] as const satisfies readonly (keyof HistoryRow)[];

/** Answers a function that writes a batch, to be called within a transaction. */
export function batchWriter(database: DatabaseSync): (batch: Batch, moment: Moment) => void {
  const putBlock = database.prepare(
    `INSERT OR REPLACE INTO blocks
       (source, origin, reason, address, protocol, port, is_proven, added_ms, added_ns, until_ms, until_ns)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const dropBlock = database.prepare('DELETE FROM blocks WHERE source = ?');
  const putOffence = database.prepare(
    'INSERT OR REPLACE INTO offences (source, count, until_ms, until_ns) VALUES (?, ?, ?, ?)',
  );
  const dropOffence = database.prepare('DELETE FROM offences WHERE source = ?');
  const putTrail = database.prepare(
    `INSERT OR REPLACE INTO trails
       (source, first_ms, first_ns, last_ms, last_ns, probes, is_proven, story_ns, story_total, is_on_probation,
        answered_after_ms, pardoned_after_ms, touches)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const dropTrail = database.prepare('DELETE FROM trails WHERE source = ?');
  const putCampaign = database.prepare(
    'INSERT OR REPLACE INTO campaign (id, at_ms, at_ns, state) VALUES (1, ?, ?, ?)',
  );
  const addHistory = database.prepare(
    `INSERT INTO history (at_ms, ${historyColumns}) VALUES (?${', ?'.repeat(historyColumns.length)})`,
  );

  return (batch, moment) => {
    const offset = offsetOf(moment);
    const wall = <T extends number | null>(ns: T) =>
      (ns === null ? null : Math.round(offset + ns / 1e6)) as T;
    const writeBlock = ({ source, origin, reason, evidence, addedNs, untilNs }: BlockRow) => {
      const { address = null, protocol = null, port = null, isProven = false } = evidence ?? {};
      const times = [wall(addedNs), addedNs, wall(untilNs), untilNs] as const;
      putBlock.run(source, origin, reason, address, protocol, port, isProven ? 1 : 0, ...times);
    };
    const writeOffence = ({ source, count, untilNs }: OffenceRow) =>
      putOffence.run(source, count, wall(untilNs), untilNs);
    const writeTrail = ({ source, firstNs, lastNs, probes, isProven, ...row }: TrailRow) => {
      const times = [wall(firstNs), firstNs, wall(lastNs), lastNs] as const;
      const { storyNs, storyTotal, isOnProbation, answeredAfterMs, pardonedAfterMs, touches } = row;
      const facts = [probes, isProven ? 1 : 0, storyNs, storyTotal, isOnProbation ? 1 : 0] as const;
      putTrail.run(source, ...times, ...facts, answeredAfterMs, pardonedAfterMs, touches);
    };

    if (batch.isAnew) database.exec('DELETE FROM blocks; DELETE FROM offences');
    for (const [source, row] of batch.blocks) {
      if (row) writeBlock(row);
      else dropBlock.run(source);
    }
    for (const [source, row] of batch.offences) {
      if (row) writeOffence(row);
      else dropOffence.run(source);
    }
    for (const [source, row] of batch.trails) {
      if (row) writeTrail(row);
      else dropTrail.run(source);
    }
    if (batch.campaign) putCampaign.run(wall(batch.campaign.atNs), batch.campaign.atNs, batch.campaign.state);
    for (const row of batch.history) addHistory.run(row.atMs, ...historyColumns.map((column) => row[column]));
  };
}
