import type { DatabaseSync } from 'node:sqlite';

/** Tells our databases from those of others: "xsmm". */
const APPLICATION_ID = 0x78736d6d;

/**
 * One step for each version of the schema, the first makes it. Steps are for ever: a database of any age is brought up to date by those
 * that it has not had.
 *
 * Times are kept twice. `…_ms` is the wall clock, which outlives a boot; `…_ns` is boot time, which no step of the clock moves. `clock`
 * says which boot that is, and by how much the two differ.
 */
const STEPS = [
  `CREATE TABLE clock (boot TEXT NOT NULL, offset_ms INTEGER NOT NULL) STRICT;

   CREATE TABLE blocks (
     id INTEGER PRIMARY KEY, -- the newest change has the greatest
     source TEXT NOT NULL UNIQUE,
     origin TEXT NOT NULL CHECK (origin IN ('local', 'operator')),
     reason TEXT NOT NULL,
     address TEXT,
     protocol TEXT CHECK (protocol IN ('tcp', 'udp')),
     port INTEGER,
     added_ms INTEGER NOT NULL,
     added_ns REAL NOT NULL,
     until_ms INTEGER, -- null: until it is lifted
     until_ns REAL
   ) STRICT;

   CREATE TABLE offences (
     source TEXT PRIMARY KEY,
     count INTEGER NOT NULL,
     until_ms INTEGER,
     until_ns REAL
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
   CREATE INDEX history_by_source ON history (source);`,

  `ALTER TABLE blocks ADD COLUMN is_proven INTEGER NOT NULL DEFAULT 0 CHECK (is_proven IN (0, 1)); -- of the evidence`,

  `CREATE TABLE trails (
     source TEXT PRIMARY KEY,
     first_ms INTEGER NOT NULL,
     first_ns REAL NOT NULL,
     last_ms INTEGER NOT NULL,
     last_ns REAL NOT NULL,
     probes INTEGER NOT NULL,
     is_proven INTEGER NOT NULL CHECK (is_proven IN (0, 1)),
     story_ns REAL, -- null after another boot
     story_total INTEGER NOT NULL,
     touches TEXT NOT NULL -- JSON: protocol, port, destination, kind, milliseconds before the last probe, and the tool if known
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX trails_by_time ON trails (last_ns);`,

  `ALTER TABLE trails ADD COLUMN is_on_probation INTEGER NOT NULL DEFAULT 0 CHECK (is_on_probation IN (0, 1));
   ALTER TABLE trails ADD COLUMN answered_after_ms INTEGER; -- from the last probe on; null: never
   ALTER TABLE trails ADD COLUMN pardoned_after_ms INTEGER`,
  `CREATE TABLE campaign (
     id INTEGER PRIMARY KEY CHECK (id = 1), -- there is one
     at_ms INTEGER NOT NULL,
     at_ns REAL NOT NULL,
     state TEXT NOT NULL -- JSON, whose times are milliseconds before that
   ) STRICT;`,
] as const;

export const SCHEMA_VERSION = STEPS.length;

/**
 * Brings the database up to date; true when there was nothing in it. Throws an Error that says why it is left alone: it is another
 * program's, or of a newer version.
 */
export function migrate(database: DatabaseSync): boolean {
  const version = requireOurs(database);
  if (version === SCHEMA_VERSION) return false;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of STEPS.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    database.exec('COMMIT');
    return version === 0;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Answers the version of its schema; 0: there is nothing in it. */
export function requireOurs(database: DatabaseSync): number {
  const pragma = (name: string) => Number(Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0]);
  const version = pragma('user_version');
  const id = pragma('application_id');
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (id !== APPLICATION_ID && !(isEmpty && id === 0))
    throw new Error('it is the database of another program');
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `it is of a newer version of xdpsentry (${version}, and this one knows ${SCHEMA_VERSION})`,
    );
  }
  return isEmpty ? 0 : version;
}
