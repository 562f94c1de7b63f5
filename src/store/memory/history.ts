import type { DatabaseSync } from 'node:sqlite';
import { openToRead } from './open-database.ts';
import type { HistoryQuery, HistoryRow } from './rows.ts';

/** What has happened, the newest last. */
export function readHistory(database: DatabaseSync, { sources, sinceMs, limit }: HistoryQuery): HistoryRow[] {
  const conditions = [
    ...(sources ? [`source IN (${sources.map(() => '?')})`] : []),
    ...(sinceMs === undefined ? [] : ['at_ms >= ?']),
  ];
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const rows = database
    .prepare(
      `SELECT at_ms AS atMs, event, source, rule, address, ports, kinds, probes, action, origin, reason, seconds, cause
       FROM history ${where} ORDER BY id DESC LIMIT ?`,
    )
    .all(...(sources ?? []), ...(sinceMs === undefined ? [] : [sinceMs]), limit);
  return rows.map((row) => ({ ...row }) as HistoryRow).reverse();
}

/** The same of a file that nobody need have open. Throws an Error that says why it cannot be read. */
export function readHistoryFile(path: string, query: HistoryQuery): HistoryRow[] {
  const database = openToRead(path);
  try {
    return readHistory(database, query);
  } finally {
    database.close();
  }
}
