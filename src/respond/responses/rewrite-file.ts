import { type BigIntStats, constants, renameSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { besideOf, isStill, type Looks, writeBeside } from './file-beside.ts';
import { overwriteFile } from './overwrite-file.ts';
import { resolveTarget } from './resolve-target.ts';

/** Times that an edit begins anew because somebody else has changed the file meanwhile. */
const MAX_TRIES = 5;
/** That of a file which did not exist. */
const NEW_MODE = 0o644;

/**
 * What renaming over a file, or making a file beside it, fails with where only the file itself may be written: it is a mount
 * of its own, as in containers, or its directory is read-only.
 */
const ONLY_IN_PLACE = new Set(['EBUSY', 'EXDEV', 'EROFS', 'EACCES', 'EPERM']);

type Content = { readonly text: string; readonly stats: BigIntStats | undefined };

/**
 * Replaces the text of a file (Latin-1, so each byte is a character) by what `change` makes of it, and writes nothing when
 * that is the same. Readers see the old file or the new one and never a part: it is written beside the old one with the same
 * mode and owner, and renamed. Where that is impossible it is overwritten where it differs, which a crash may interrupt.
 *
 * A symbolic link stays one, and its target is changed. `change` is called again when another program has changed the file
 * meanwhile. Throws when the file cannot be read or written, is no regular file, or may be written by everybody.
 */
export async function rewriteFile(path: string, change: (text: string) => string): Promise<void> {
  const target = await resolveTarget(path);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const old = await read(target);
    const text = change(old.text);
    if (text === old.text) return;
    if (await replace(target, old, text)) return;
  }
  throw new Error(`${target} keeps changing while it is edited; it was left alone`);
}

async function read(target: string): Promise<Content> {
  let file: FileHandle;
  try {
    file = await open(target, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe would wait for a writer
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { text: '', stats: undefined };
    throw error;
  }
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw new Error(`${target} is no regular file`);
    if (stats.mode & 0o002n) {
      throw new Error(`${target} may be written by everybody, so it is not trusted: chmod o-w ${target}`);
    }
    return { text: await file.readFile('latin1'), stats };
  } finally {
    await file.close();
  }
}

/** False when the file is no longer the one that was read, or another sentry came between. */
async function replace(target: string, old: Content, text: string): Promise<boolean> {
  const beside = besideOf(target);
  let written: BigIntStats | undefined;
  try {
    written = await writeBeside(beside, text, looksOf(old.stats));
    // All at once, so that no other edit of this process comes between, and hardly one of another.
    if (!isUnchanged(target, old.stats) || !isStill(beside, written)) return false;
    renameSync(beside, target);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!old.stats || code === undefined || !ONLY_IN_PLACE.has(code)) throw error;
    if (!isUnchanged(target, old.stats)) return false;
    await overwriteFile(target, old.text, text);
    return true;
  } finally {
    if (written && isStill(beside, written)) rmSync(beside);
  }
}

/** Those of the old file, if there is one. */
const looksOf = (old: BigIntStats | undefined): Looks => ({
  mode: old ? Number(old.mode & 0o7777n) : NEW_MODE,
  owner: old && { uid: Number(old.uid), gid: Number(old.gid) },
});

function isUnchanged(target: string, old: BigIntStats | undefined): boolean {
  const now = statSync(target, { bigint: true, throwIfNoEntry: false });
  return now?.ino === old?.ino && now?.size === old?.size && now?.mtimeNs === old?.mtimeNs;
}
