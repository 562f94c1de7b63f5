/** Databases of older versions: what is in them is there still, and what is new can be written. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { readHistoryFile } from '../../../../src/store/memory/history.ts';
import {
  block,
  blocksBatch,
  blocksIn,
  directoryOf,
  EVERYTHING,
  happened,
  moment,
  NOON,
  openAt,
} from './scene.ts';

/** As version 1 has made it, with what it has written at noon: an hour's block, an offender, an end. */
const VERSION_1 = `
  CREATE TABLE clock (boot TEXT NOT NULL, offset_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL CHECK (origin IN ('local', 'operator')),
    reason TEXT NOT NULL,
    address TEXT,
    protocol TEXT CHECK (protocol IN ('tcp', 'udp')),
    port INTEGER,
    added_ms INTEGER NOT NULL,
    added_ns REAL NOT NULL,
    until_ms INTEGER,
    until_ns REAL
  ) STRICT;
  CREATE TABLE offences (
    source TEXT PRIMARY KEY, count INTEGER NOT NULL, until_ms INTEGER, until_ns REAL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    source TEXT NOT NULL,
    rule TEXT, address TEXT, ports TEXT, kinds TEXT, probes INTEGER, action TEXT,
    origin TEXT, reason TEXT, seconds REAL, cause TEXT
  ) STRICT;
  CREATE INDEX history_by_time ON history (at_ms);
  CREATE INDEX history_by_source ON history (source);
  PRAGMA application_id = 0x78736d6d;
  PRAGMA user_version = 1;
  INSERT INTO clock VALUES ('one', ${NOON});
  INSERT INTO blocks VALUES (1, '198.51.100.66', 'local', 'scan: 1-4/tcp', '198.51.100.66', 'tcp', 4, ${NOON}, 0, ${NOON + 3_600_000}, 3600e9);
  INSERT INTO offences VALUES ('198.51.100.66', 2, ${NOON + 3_600_000}, 3600e9);
  INSERT INTO history (at_ms, event, source, cause) VALUES (${NOON}, 'unblocked', '198.51.100.66', 'expired');
`;

test('a database of version 1 is brought up to date', (t) => {
  const path = join(directoryOf(t), 'memory.db');
  const old = new DatabaseSync(path);
  old.exec(VERSION_1);
  old.close();
  assert.deepEqual(readHistoryFile(path, EVERYTHING), [happened()], 'it is read as it is');

  const first = openAt(path);
  assert.deepEqual(blocksIn(first), [block()]);
  assert.deepEqual(first.offencesAfter(''), [{ source: '198.51.100.66', count: 2, untilNs: 3600e9 }]);
  assert.deepEqual(first.history(EVERYTHING), [happened()]);
  const proven = block({
    source: '198.51.100.67',
    evidence: { address: '198.51.100.67', protocol: 'tcp', port: 4, isProven: true },
  });
  first.write(blocksBatch(proven), moment());
  first.close();
  const second = openAt(path);
  t.after(() => second.close());
  assert.deepEqual(blocksIn(second), [block(), proven]);
});
