import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = 0;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
/** In a directory with it, only owners may rename and remove what is theirs. */
const STICKY = 0o1000;
/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

/** Who is trusted besides root: whoever runs this. */
const self = (): number => process.geteuid?.() ?? ROOT;

/**
 * Who else than root and `uid` may change what is read at `path`, and what to do about it, in a sentence; undefined: nobody. Each directory on the
 * way is looked at, and each symbolic link. `opened` is the file itself, by its descriptor: what is at the path may be another one by now, and
 * then nobody knows who had put that one there.
 */
export function doubtAbout(path: string, opened: Stats, uid = self()): string | undefined {
  const way = walk(resolve(path), uid);
  const doubt = way.doubt ?? doubtAboutFile(path, opened, uid);
  if (doubt !== undefined) return doubt;
  const isSame = way.end ? way.end.dev === opened.dev && way.end.ino === opened.ino : isNameless(opened);
  return isSame ? undefined : `${path} was replaced while it was read: try again`;
}

/** The same of a program, by its path alone. */
export function doubtAboutProgram(path: string, uid = self()): string | undefined {
  const { doubt, end } = walk(resolve(path), uid);
  return doubt ?? (end && doubtAboutFile(path, end, uid));
}

/** A pipe, or a file that was removed: nobody finds it by a path. */
const isNameless = (opened: Stats): boolean => opened.nlink === 0 || opened.isFIFO();

type Way = { readonly doubt?: string; readonly end?: Stats };

function walk(path: string, uid: number): Way {
  const left = path.split('/').filter((name) => name !== '');
  let links = 0;
  let here = '/';
  let doubt = doubtAboutDirectory('/', lstatSync('/'), uid);
  for (let name = left.shift(); name !== undefined && doubt === undefined; name = left.shift()) {
    if (name === '.') continue;
    if (name === '..') {
      here = dirname(here);
      continue;
    }
    const there = join(here, name);
    const stats = lstatSync(there, { throwIfNoEntry: false });
    if (!stats) return {};
    if (stats.isSymbolicLink()) {
      if (++links > MAX_LINKS) return { doubt: `${path} has too many symbolic links` };
      doubt = doubtAboutOwner(there, stats, uid);
      const target = readlinkSync(there);
      if (target.startsWith('/')) here = '/';
      left.unshift(...target.split('/').filter((part) => part !== ''));
    } else if (stats.isDirectory()) {
      doubt = doubtAboutDirectory(there, stats, uid);
      here = there;
    } else {
      return left.length === 0 ? { end: stats } : {};
    }
  }
  return doubt === undefined ? {} : { doubt };
}

const doubtAboutDirectory = (path: string, stats: Stats, uid: number): string | undefined =>
  doubtAboutOwner(path, stats, uid) ??
  ((stats.mode & STICKY) === 0 ? doubtAboutMode(path, stats) : undefined);

const doubtAboutFile = (path: string, stats: Stats, uid: number): string | undefined =>
  doubtAboutOwner(path, stats, uid) ?? doubtAboutMode(path, stats);

function doubtAboutOwner(path: string, { uid: owner }: Stats, uid: number): string | undefined {
  if (owner === ROOT || owner === uid) return undefined;
  return `${path} belongs to user ${owner}: chown -h root ${path}`;
}

function doubtAboutMode(path: string, { mode, gid }: Stats): string | undefined {
  const shown = (mode & 0o7777).toString(8).padStart(4, '0');
  if (mode & OTHERS_WRITE) return `everybody may write to ${path} (mode ${shown}): chmod go-w ${path}`;
  if (mode & GROUP_WRITES) return `group ${gid} may write to ${path} (mode ${shown}): chmod g-w ${path}`;
  return undefined;
}
