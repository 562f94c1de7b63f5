/** Files that are not as they should be: what is corrupt is moved aside, what is somebody else's is left alone. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { Database } from '../../../../src/store/memory/database.ts';
import { readHistoryFile } from '../../../../src/store/memory/history.ts';
import { SCHEMA_VERSION } from '../../../../src/store/memory/schema.ts';
import {
  batchOf,
  block,
  blocksBatch,
  blocksIn,
  directoryOf,
  EVERYTHING,
  happened,
  moment,
  openAt,
} from './scene.ts';

/** A sound database with a few hundred entries. */
function soundAt(path: string): void {
  const database = openAt(path);
  const history = Array.from({ length: 500 }, () => happened({ reason: 'x'.repeat(100) }));
  const offences = ['203.0.113.1', '203.0.113.2', '203.0.113.3'].map(
    (source) => [source, { source, count: 1, untilNs: null }] as const,
  );
  database.write({ ...blocksBatch(block()), offences, history }, moment());
  database.close();
}

/** Writes noise over the middle of the file. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, bytes.length >> 1, (bytes.length >> 1) + 8192);
  writeFileSync(path, bytes);
}

const opening = (path: string) => () =>
  new Database(path, { historyMs: 1, historyRows: 1, offenceMs: 1, trailMs: 1e12, trailRows: 1e6 }).open(
    moment(),
  );

describe('a database that is corrupt is moved aside, and a new one begins:', () => {
  for (const [says, spoil] of [
    [
      'text',
      (path: string) =>
        writeFileSync(path, 'this is no database at all, but it is long enough for one\n'.repeat(99)),
    ],
    ['noise in the middle', damage],
    [
      'rows out of order, which only SQLite’s longer check sees',
      (path: string) =>
        writeFileSync(path, readFileSync(path, 'latin1').replaceAll('203.0.113.2', '903.0.113.2'), 'latin1'),
    ],
    ['the second half is missing', (path: string) => truncateSync(path, statSync(path).size >> 1)],
  ] as const) {
    test(says, (t) => {
      const path = join(directoryOf(t), 'memory.db');
      soundAt(path);
      spoil(path);
      const spoilt = readFileSync(path);
      const database = new Database(path, {
        historyMs: 1e9,
        historyRows: 1000,
        offenceMs: 1,
        trailMs: 1e12,
        trailRows: 1e6,
      });
      t.after(() => database.close());
      assert.deepEqual(database.open(moment()), { aside: `${path}.corrupt-20261128T120000Z`, isNew: true });
      database.write(blocksBatch(block()), moment());
      assert.deepEqual(blocksIn(database), [block()]);
      assert.deepEqual(readFileSync(`${path}.corrupt-20261128T120000Z`), spoilt);
    });
  }

  test('again and again, three are kept', (t) => {
    const path = join(directoryOf(t), 'memory.db');
    for (const second of [0, 1, 2, 3, 4]) {
      writeFileSync(path, 'no database '.repeat(1000));
      openAt(path, moment(second * 1e9)).close();
    }
    const aside = readdirSync(dirname(path)).filter((name) => name.includes('corrupt'));
    assert.deepEqual(
      aside.sort(),
      [2, 3, 4].map((second) => `memory.db.corrupt-20261128T12000${second}Z`),
    );
  });
});

describe('a place that is no good is left alone, with a word on it:', () => {
  const other = (path: string, sql: string) => {
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  };
  type Case = {
    readonly says: string;
    readonly message: RegExp;
    /** Default: memory.db, in the directory of the test. */
    readonly path?: string;
    readonly prepare?: (path: string) => void;
  };
  const cases: readonly Case[] = [
    {
      says: 'a newer version',
      message: new RegExp(
        `newer version of xdpsentry \\(${SCHEMA_VERSION + 1}, and this one knows ${SCHEMA_VERSION}\\)`,
      ),
      prepare(path) {
        soundAt(path);
        other(path, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
      },
    },
    {
      says: 'the database of another program',
      message: /of another program/,
      prepare: (path) => other(path, 'CREATE TABLE t (a); PRAGMA user_version = 1'),
    },
    {
      says: 'a marked database of another program',
      message: /of another program/,
      prepare: (path) => other(path, 'PRAGMA application_id = 7'),
    },
    { says: 'a directory', message: /EISDIR/, prepare: (path) => mkdirSync(path) },
    { says: 'what is no file', message: /no file/, path: '/dev/null' },
    {
      says: 'a file in place of its directory',
      message: /ENOTDIR|EEXIST/,
      path: 'sub/memory.db',
      prepare: (path) => writeFileSync(dirname(path), ''),
    },
    { says: 'no directory, and none above', message: /ENOENT/, path: 'sub/sub/memory.db' },
    { says: 'a file system that takes no files', message: /ENOENT/, path: '/proc/xdpsentry/memory.db' },
  ];
  for (const { says, message, path: place = 'memory.db', prepare } of cases) {
    test(says, (t) => {
      const directory = directoryOf(t);
      const path = resolve(directory, place);
      prepare?.(path);
      const before = readdirSync(directory);
      assert.throws(opening(path), message);
      assert.deepEqual(readdirSync(directory), before, 'nothing was moved, and nothing made');
    });
  }

  test('one that another sentry has open', (t) => {
    const path = join(directoryOf(t), 'memory.db');
    const first = openAt(path);
    t.after(() => first.close());
    first.write(batchOf({}), moment());
    assert.throws(opening(path), /another program has it open/);
    assert.throws(() => readHistoryFile(path, EVERYTHING), /another program has it open/);
    first.write(blocksBatch(block()), moment());
    assert.deepEqual(blocksIn(first), [block()]);
  });
});
