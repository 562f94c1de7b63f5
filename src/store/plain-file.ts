import { constants } from 'node:fs';
import { chmod, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * For every open: no symbolic link is followed, or whoever may write to the directory would choose what root writes to; and
 * a named pipe does not hold a thread until somebody comes to its other end.
 */
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Directories are for everybody to enter: the files in them say who may read. */
const DIRECTORY_MODE = 0o755;

/** Opens a file that is there. Rejects with ENOENT, ELOOP for a symbolic link, and for anything but a file or a device. */
export async function openPlain(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags | SAFE);
  try {
    const stat = await file.stat();
    if (stat.isFile() || stat.isCharacterDevice()) return file; // people do write to /dev/null
    throw new Error(`${path} is no file`);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Makes a file of its own with exactly this mode, and its directory if that is missing. Rejects with EEXIST. */
export async function createPlain(path: string, flags: number, mode: number): Promise<FileHandle> {
  const create = () => open(path, flags | SAFE | constants.O_CREAT | constants.O_EXCL, mode);
  const file = await create().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    await makeDirectory(dirname(path));
    return create();
  });
  await file.chmod(mode); // whatever the umask is
  return file;
}

/** One level: of a path whose parts are all missing, more than the directory is wrong. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, DIRECTORY_MODE);
    await chmod(path, DIRECTORY_MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Opens for reading and appending; makes the file, and its directory, if need be. */
export async function openForAppend(path: string, mode: number): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_APPEND;
  const openIt = () => openPlain(path, flags);
  const unless = (code: string, todo: () => Promise<FileHandle>) => (error: NodeJS.ErrnoException) => {
    if (error.code !== code) throw error;
    return todo();
  };
  const makeIt = () => createPlain(path, flags, mode).catch(unless('EEXIST', openIt)); // somebody else has just made it
  return openIt().catch(unless('ENOENT', makeIt));
}

/** Writes all of it at the file's position, or its end. `onWritten` hears of each part, also when a later one fails. */
export async function writeAll(
  file: FileHandle,
  bytes: Uint8Array,
  onWritten: (count: number) => void = () => {},
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done);
    done += bytesWritten;
    onWritten(bytesWritten);
  }
}
