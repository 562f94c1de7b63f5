/** The database as one thread uses it, on real files. */
import assert from 'node:assert/strict';
import { renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Database } from '../../../../src/store/memory/database.ts';
import { readHistoryFile } from '../../../../src/store/memory/history.ts';
import type { TrailRow } from '../../../../src/store/memory/rows.ts';
import {
  batchOf,
  block,
  blocksBatch,
  blocksIn,
  directoryOf,
  EVERYTHING,
  HOUR_MS,
  HOUR_NS,
  happened,
  moment,
  NOON,
  openAt,
  trail,
} from './scene.ts';

describe('the clock', () => {
  /** Until when the block lasts that was written at noon for an hour, as the next one to open it sees it. */
  const untilAfter = (
    path: string,
    ...[when]: Parameters<typeof openAt> extends [string, ...infer R] ? R : never
  ) => {
    const database = openAt(path, when);
    const [found] = blocksIn(database);
    database.close();
    return found!.untilNs;
  };
  const written = (path: string) => {
    const database = openAt(path);
    database.write(blocksBatch(block()), moment());
    return database;
  };

  test('of the wall moves no end within a boot, however it was set', (t) => {
    const path = join(directoryOf(t), 'memory.db');
    written(path).close();
    for (const stepMs of [-50 * HOUR_MS, 50 * HOUR_MS])
      assert.equal(untilAfter(path, moment(1e9, { stepMs })), HOUR_NS);
  });

  test('of the wall is what a block goes by after a boot', (t) => {
    const path = join(directoryOf(t), 'memory.db');
    written(path).close();
    // Ten minutes later, of which the new boot has taken one.
    const when = { boot: 'two', nowNs: 60e9, nowMs: NOON + 600_000 };
    assert.equal(untilAfter(path, when), 60e9 + HOUR_NS - 600e9);
  });

  test('that is behind after a boot does not make a block last longer', (t) => {
    const path = join(directoryOf(t), 'memory.db');
    written(path).close();
    assert.equal(untilAfter(path, { boot: 'two', nowNs: 5e9, nowMs: 0 }), 5e9 + HOUR_NS);
  });

  test('that was wrong when a block began, and was put right, is right after the next boot', (t) => {
    const path = join(directoryOf(t), 'memory.db');
    const wrong = -365 * 24 * HOUR_MS;
    const database = openAt(path, moment(0, { stepMs: wrong }));
    database.write(blocksBatch(block()), moment(0, { stepMs: wrong }));
    database.write(batchOf({}), moment(1e9)); // the clock is set
    database.close();
    assert.equal(untilAfter(path, { boot: 'two', nowNs: 0, nowMs: NOON + 600_000 }), HOUR_NS - 600e9);
  });
});

describe('the history', () => {
  test('is answered by source and time, the newest so many, the newest last', (t) => {
    const database = openAt(join(directoryOf(t), 'memory.db'));
    t.after(() => database.close());
    const rows = [0, 1, 2, 3].map((minute) =>
      happened({ atMs: NOON + minute * 60_000, source: minute % 2 ? '2001:db8::/64' : '198.51.100.66' }),
    );
    database.write(batchOf({ history: rows }), moment());
    const minutes = (query: Partial<typeof EVERYTHING>) =>
      database.history({ ...EVERYTHING, ...query } as never).map(({ atMs }) => (atMs - NOON) / 60_000);
    assert.deepEqual(database.history(EVERYTHING), rows);
    assert.deepEqual(minutes({ limit: 2 }), [2, 3]);
    assert.deepEqual(minutes({ sources: ['2001:db8::/64', '2001:db8::/32'] as never }), [1, 3]);
    assert.deepEqual(minutes({ sinceMs: (NOON + 60_000) as never, limit: 2 }), [2, 3]);
    assert.deepEqual(minutes({ sources: ['203.0.113.1'] as never }), []);
  });

  test('is bounded by age and by count', (t) => {
    const keep = { historyMs: HOUR_MS, historyRows: 3, offenceMs: HOUR_MS };
    const database = openAt(join(directoryOf(t), 'memory.db'), moment(), keep);
    t.after(() => database.close());
    const at = (minute: number) => happened({ atMs: NOON + minute * 60_000 });
    const kept = () => database.history(EVERYTHING).map(({ atMs }) => (atMs - NOON) / 60_000);
    database.write(batchOf({ history: [0, 1, 2, 3, 4].map(at) }), moment());
    assert.deepEqual(kept(), [2, 3, 4]);
    database.write(batchOf({}), moment(HOUR_NS + 180e9 + 1e6));
    assert.deepEqual(kept(), [4]);
  });

  test('is read from the file while it is closed', (t) => {
    const path = join(directoryOf(t), 'memory.db');
    const database = openAt(path);
    database.write(batchOf({ history: [happened()] }), moment());
    database.close();
    assert.deepEqual(readHistoryFile(path, EVERYTHING), [happened()]);
    assert.throws(() => readHistoryFile(`${path}.not`, EVERYTHING), /ENOENT/);
  });
});

describe('offenders', () => {
  test('are forgotten so long after their last block, those without an end never', (t) => {
    const keep = { historyMs: HOUR_MS, historyRows: 3, offenceMs: HOUR_MS };
    const path = join(directoryOf(t), 'memory.db');
    const database = openAt(path, moment(), keep);
    const rows = [
      { source: '198.51.100.1', count: 1, untilNs: 0 },
      { source: '198.51.100.2', count: 2, untilNs: 1e9 },
      { source: '198.51.100.3', count: 3, untilNs: null },
    ];
    database.write(batchOf({ offences: rows.map((row) => [row.source, row]) }), moment());
    database.close();
    const second = openAt(path, moment(HOUR_NS + 1e6), keep);
    t.after(() => second.close());
    assert.deepEqual(second.offencesAfter(''), rows.slice(1));
  });
});

describe('trails', () => {
  const path = (t: TestContext) => join(directoryOf(t), 'memory.db');
  const write = (database: Database, ...rows: readonly TrailRow[]) =>
    database.write(batchOf({ trails: rows.map((row) => [row.source, row]) }), moment());
  const sourcesIn = (database: Database) => database.trailsAfter('').map(({ source }) => source);
  const rows = [1, 2, 3].map((hours) =>
    trail({ source: `198.51.100.${hours}`, lastNs: hours * HOUR_NS, firstNs: 0 }),
  );

  test('are what was written last, and nothing once they are forgotten', (t) => {
    const database = openAt(path(t));
    t.after(() => database.close());
    write(database, trail({ probes: 1 }), trail());
    assert.deepEqual(database.trailsAfter(''), [trail()]);
    database.write(batchOf({ trails: [[trail().source, null]] }), moment());
    assert.deepEqual(database.trailsAfter(''), []);
  });

  test('go so long after the last probe, whatever the wall clock says', (t) => {
    const file = path(t);
    const keep = { trailMs: 2 * HOUR_MS };
    const database = openAt(file, moment(), keep);
    write(database, ...rows);
    const later = (hours: number, stepMs = 0) => {
      database.write(batchOf({ trails: [['nobody', null]] }), moment(hours * HOUR_NS, { stepMs }));
      return sourcesIn(database);
    };
    assert.equal(later(3, 1000 * HOUR_MS).length, 3);
    assert.deepEqual(later(4), ['198.51.100.2', '198.51.100.3']);
    database.close();
    const next = openAt(file, moment(4.5 * HOUR_NS), keep);
    t.after(() => next.close());
    assert.deepEqual(sourcesIn(next), ['198.51.100.3'], 'at a start as well');
  });

  test('are no more than there is room for: who was silent longest goes', (t) => {
    const database = openAt(path(t), moment(), { trailRows: 2 });
    t.after(() => database.close());
    write(database, rows[2]!, rows[0]!, rows[1]!);
    assert.equal(sourcesIn(database).length, 3, 'once a minute');
    database.write(batchOf({ trails: [['nobody', null]] }), moment(60e9));
    assert.deepEqual(sourcesIn(database), ['198.51.100.2', '198.51.100.3']);
  });

  test('of those on probation go first', (t) => {
    const database = openAt(path(t), moment(), { trailRows: 2 });
    t.after(() => database.close());
    const late = [4, 5].map((hours) =>
      trail({ source: `198.51.100.${hours}`, lastNs: hours * HOUR_NS, isOnProbation: true }),
    );
    write(database, rows[0]!, ...late);
    database.write(batchOf({ trails: [['nobody', null]] }), moment(60e9));
    assert.deepEqual(sourcesIn(database), ['198.51.100.1', '198.51.100.5']);
  });

  test('go by the wall clock after a boot; of the numbering of the boot before nothing is left', (t) => {
    const file = path(t);
    const database = openAt(file);
    write(database, trail());
    database.close();
    // Ten minutes later, of which the new boot has taken one.
    const next = openAt(file, { boot: 'two', nowNs: 60e9, nowMs: NOON + 600_000 });
    t.after(() => next.close());
    assert.deepEqual(next.trailsAfter(''), [
      trail({ firstNs: -HOUR_NS - 540e9, lastNs: -540e9, storyNs: null }),
    ]);
  });

  test('are not of the future when the wall clock is behind after a boot', (t) => {
    const file = path(t);
    const database = openAt(file);
    write(database, trail());
    database.close();
    const next = openAt(file, { boot: 'two', nowNs: 5e9, nowMs: NOON - 10 * HOUR_MS });
    t.after(() => next.close());
    assert.deepEqual(
      next.trailsAfter('').map(({ firstNs, lastNs }) => [firstNs, lastNs]),
      [[5e9, 5e9]],
    );
  });
});

describe('the file', () => {
  test('is its owner’s alone', (t) => {
    const path = join(directoryOf(t), 'new', 'memory.db');
    const database = openAt(path);
    t.after(() => database.close());
    database.write(blocksBatch(block()), moment());
    for (const suffix of ['', '-wal']) assert.equal(statSync(path + suffix).mode & 0o777, 0o600);
  });

  test('that was taken away is not written to any more', (t) => {
    const path = join(directoryOf(t), 'memory.db');
    const database = openAt(path);
    t.after(() => database.close());
    rmSync(path);
    assert.throws(() => database.write(blocksBatch(block()), moment()), /taken away/);
    assert.deepEqual(database.open(moment()), { aside: undefined, isNew: true });
    database.write(blocksBatch(block()), moment());
    assert.deepEqual(blocksIn(database), [block()]);
    renameSync(path, `${path}.old`);
    assert.throws(() => database.write(blocksBatch(block()), moment()), /taken away/);
  });

  test('of a batch that fails has nothing of it', (t) => {
    const database = openAt(join(directoryOf(t), 'memory.db'));
    t.after(() => database.close());
    database.write(blocksBatch(block()), moment());
    const bad = block({ source: '198.51.100.2', origin: 'nobody' as 'local' });
    assert.throws(() => database.write(blocksBatch(block({ reason: 'other' }), bad), moment()), /CHECK/);
    assert.deepEqual(blocksIn(database), [block()]);
  });
});
