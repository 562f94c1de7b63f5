import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Database } from '../../../../src/store/memory/database.ts';
import {
  type Batch,
  type BlockRow,
  type HistoryRow,
  type Moment,
  NO_FACTS,
  type StoredBlock,
  type TrailRow,
} from '../../../../src/store/memory/rows.ts';

export const NOON = Date.parse('2026-11-28T12:00:00Z');
export const HOUR_MS = 3_600_000;
export const HOUR_NS = HOUR_MS * 1e6;
const KEEP = {
  historyMs: 24 * HOUR_MS,
  historyRows: 1000,
  offenceMs: 24 * HOUR_MS,
  trailMs: 1e12,
  trailRows: 1e6,
};

/** A directory that goes with the test. */
export function directoryOf(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-memory-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A moment of a boot at noon: `ns` after it, by boot time and by the wall clock, which may have been set by `stepMs`. */
export const moment = (ns = 0, { boot = 'one', stepMs = 0 } = {}): Moment => ({
  boot,
  nowNs: ns,
  nowMs: NOON + ns / 1e6 + stepMs,
});

export const openAt = (path: string, when: Moment = moment(), keep: Partial<typeof KEEP> = {}): Database => {
  const database = new Database(path, { ...KEEP, ...keep });
  database.open(when);
  return database;
};

export const block = (more: Partial<BlockRow> = {}): BlockRow => ({
  source: '198.51.100.66',
  origin: 'local',
  reason: 'scan: 1-4/tcp',
  evidence: { address: '198.51.100.66', protocol: 'tcp', port: 4 },
  addedNs: 0,
  untilNs: HOUR_NS,
  ...more,
});

export const trail = (more: Partial<TrailRow> = {}): TrailRow => ({
  source: '198.51.100.66',
  firstNs: -HOUR_NS,
  lastNs: 0,
  probes: 2,
  isProven: false,
  storyNs: -HOUR_NS,
  storyTotal: 2,
  isOnProbation: false,
  answeredAfterMs: null,
  pardonedAfterMs: null,
  touches: '[["tcp",22,"198.51.100.10","syn",3600000],["tcp",23,"198.51.100.10","syn",0]]',
  ...more,
});

export const batchOf = (more: Partial<Batch>): Batch => ({
  blocks: [],
  offences: [],
  trails: [],
  history: [],
  ...more,
});

export const blocksBatch = (...rows: readonly BlockRow[]): Batch =>
  batchOf({ blocks: rows.map((row) => [row.source, row]) });

export const happened = (more: Partial<HistoryRow> = {}): HistoryRow => ({
  atMs: NOON,
  event: 'unblocked',
  source: '198.51.100.66',
  ...NO_FACTS,
  cause: 'expired',
  ...more,
});

/** All blocks, oldest first. */
export function blocksIn(database: Database): BlockRow[] {
  const all: StoredBlock[] = [];
  for (let rows = database.blocksAfter(0); rows.length > 0; rows = database.blocksAfter(rows.at(-1)!.id))
    all.push(...rows);
  return all.map(({ id: _, ...row }) => row);
}

/** All trails, by source. */
export function trailsIn(database: Database): TrailRow[] {
  const all: TrailRow[] = [];
  for (let rows = database.trailsAfter(''); rows.length > 0; rows = database.trailsAfter(rows.at(-1)!.source))
    all.push(...rows);
  return all;
}

export const EVERYTHING = { sources: undefined, sinceMs: undefined, limit: 10_000 };
