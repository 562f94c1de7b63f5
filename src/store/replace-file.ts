import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Stamp, stampFrom } from './file-stamp.ts';
import { createPlain, openPlain, writeAll } from './plain-file.ts';

/** Where no other file can take the place: a file that is mounted into a container, in a directory that may be read-only. */
const IN_PLACE_ONLY: ReadonlySet<string | undefined> = new Set(['EBUSY', 'EXDEV', 'EROFS']);

/**
 * Puts `bytes` in the place of the file, all or nothing also when the power fails; mode and owner stay as they were, or are
 * `mode` and ours. Where that is impossible it writes into the file itself, and a crash may leave a mixture.
 */
export async function replaceFile(path: string, bytes: Uint8Array, mode: number): Promise<Stamp> {
  try {
    return await replaceAtomically(path, bytes, mode);
  } catch (error) {
    if (!IN_PLACE_ONLY.has((error as NodeJS.ErrnoException).code)) throw error;
    return await overwrite(path, bytes);
  }
}

async function replaceAtomically(path: string, bytes: Uint8Array, mode: number): Promise<Stamp> {
  const temporary = `${path}.new`; // one name, so that crashes leave one file at most
  await unlink(temporary).catch(unlessMissing);
  const file = await createPlain(temporary, constants.O_WRONLY, mode);
  try {
    const stamp = await fill(file, bytes, path);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
    return stamp;
  } catch (error) {
    await unlink(temporary).catch(unlessMissing);
    throw error;
  }
}

async function fill(file: FileHandle, bytes: Uint8Array, original: string): Promise<Stamp> {
  try {
    await writeAll(file, bytes);
    const old = await lstat(original).catch(unlessMissing);
    if (old) await resemble(file, old);
    await file.sync();
    return stampFrom(await file.stat({ bigint: true }));
  } finally {
    await file.close();
  }
}

async function resemble(file: FileHandle, old: Stats): Promise<void> {
  const { uid, gid } = await file.stat();
  if (uid !== old.uid || gid !== old.gid) await file.chown(old.uid, old.gid);
  await file.chmod(old.mode & 0o7777);
}

async function overwrite(path: string, bytes: Uint8Array): Promise<Stamp> {
  const file = await openPlain(path, constants.O_RDWR);
  try {
    await writeAll(file, bytes);
    await file.truncate(bytes.length);
    await file.sync();
    return stampFrom(await file.stat({ bigint: true }));
  } finally {
    await file.close();
  }
}

/** The new name must last, too. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
