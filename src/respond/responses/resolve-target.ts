import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** As many symbolic links as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

/** The file behind `path`: symbolic links are followed, also one to a file that does not exist yet. Throws as realpath does. */
export async function resolveTarget(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    try {
      return await realpath(target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const next = await linkAt(target);
    if (next === undefined) return join(await realpath(dirname(target)), basename(target));
    target = resolve(dirname(target), next);
  }
  throw new Error(`${path} leads through more than ${MAX_LINKS} symbolic links`);
}

/** Where a symbolic link leads; undefined when there is none. */
async function linkAt(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EINVAL') return undefined;
    throw error;
  }
}
