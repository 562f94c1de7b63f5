import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate, requireOurs } from './schema.ts';

/** Who is kept out, and why, is nobody else's business. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o755;

/** Databases that were moved aside; older ones go. */
const MAX_ASIDE = 3;

/** The log of changes shrinks to this again. */
const JOURNAL_BYTES = 16 << 20;

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const BUSY = 5;
const CORRUPT = 11;
const NOTADB = 26;

export type OpenedDatabase = {
  readonly database: DatabaseSync;
  /** Tells whether the file at its path is this one still. */
  readonly inode: number;
  /** There was nothing in it. */
  readonly isNew: boolean;
  /** A corrupt database was there: it lies here now, and this one is new. */
  readonly aside: string | undefined;
};

/**
 * Opens the database, or begins one. One that is corrupt is moved aside. Throws an Error that says why there is none: the place cannot
 * be written to, another program has it open, it is somebody else's or of a newer version; then it is left as it is.
 */
export function openDatabase(path: string, nowMs: number): OpenedDatabase {
  makeDirectory(dirname(path));
  try {
    return { ...openSound(path), aside: undefined };
  } catch (error) {
    if (!isCorrupt(error)) throw readable(error);
  }
  const aside = moveAside(path, nowMs);
  try {
    return { ...openSound(path), aside };
  } catch (error) {
    throw readable(error);
  }
}

/** Opens it to be read only; it may be in use. */
export function openToRead(path: string): DatabaseSync {
  closeSync(openSync(path, constants.O_RDONLY)); // says what is wrong in plainer words than SQLite
  const database = new DatabaseSync(path, { readOnly: true, timeout: 250 });
  try {
    if (requireOurs(database) === 0) throw new Error('there is nothing in it');
    return database;
  } catch (error) {
    database.close();
    throw readable(error);
  }
}

/** One level: a path that is wrong from further up is a slip. */
function makeDirectory(directory: string): void {
  if (!existsSync(directory)) mkdirSync(directory, { mode: DIRECTORY_MODE });
}

/** Made by us, so that it is private from the start; what is wrong with the place, the file system says in plain words. */
function createFile(path: string): number {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, FILE_MODE);
  try {
    const facts = fstatSync(file);
    if (!facts.isFile()) throw new Error('there is something of that name, and it is no file');
    return facts.ino;
  } finally {
    closeSync(file);
  }
}

/**
 * EXCLUSIVE: a second sentry with the same file would lift the blocks of this one. WAL and FULL: what was written outlives a failure
 * of the power, and nobody waits for it but the thread that writes.
 */
function openSound(path: string): Omit<OpenedDatabase, 'aside'> {
  const inode = createFile(path);
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    requireOurs(database);
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${JOURNAL_BYTES}`,
    );
    requireSound(database, 'quick_check(1)');
    const isNew = migrate(database);
    // Their keys are texts, of which the quick one does not see that they are out of order.
    for (const table of isNew ? [] : ['offences', 'trails'])
      requireSound(database, `integrity_check(${table})`);
    return { database, inode, isNew };
  } catch (error) {
    database.close();
    throw error;
  }
}

function requireSound(database: DatabaseSync, check: string): void {
  const [verdict] = Object.values(database.prepare(`PRAGMA ${check}`).get() ?? {});
  if (verdict !== 'ok') throw Object.assign(new Error(String(verdict)), { errcode: CORRUPT });
}

const codeOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff;

const isCorrupt = (error: unknown): boolean => [CORRUPT, NOTADB].includes(codeOf(error));

function readable(error: unknown): Error {
  if (codeOf(error) !== BUSY) return error as Error;
  return new Error('another program has it open; give each sentry a memory of its own', { cause: error });
}

/** With its log, which belongs to it. Answers where it lies then. */
function moveAside(path: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const aside = `${path}.corrupt-${time}`;
  renameSync(path, aside);
  for (const suffix of ['-wal', '-shm']) {
    try {
      renameSync(path + suffix, aside + suffix);
    } catch {
      // it has none
    }
  }
  const ours = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.corrupt-`));
  const old = ours
    .filter((name) => /Z$/.test(name))
    .sort()
    .slice(0, -MAX_ASIDE);
  for (const name of ours) {
    if (old.some((it) => name.startsWith(it))) rmSync(join(dirname(path), name), { force: true });
  }
  return aside;
}
