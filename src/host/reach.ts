import { realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A user and his groups, without any capability. */
export type User = { readonly uid: number; readonly gids: readonly number[] };

const [READ, WRITE, SEARCH] = [4, 2, 1] as const;

export const ownUser = (): User => ({
  uid: process.geteuid?.() ?? 0,
  gids: [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])],
});

/** Whether modes and owners let the user get to `path`, and read it where it is a file. */
export function canRead(path: string, user: User): boolean {
  const there = nearest(path);
  if (!canGetTo(there, user)) return false;
  return permits(there.stats, user, there.isIt && !there.stats.isDirectory() ? READ : SEARCH);
}

/** Whether they let him write to the file at `path`, and put another in its place. */
export function canReplace(path: string, user: User): boolean {
  const there = nearest(path);
  const directory = there.isIt ? dirname(there.path) : there.path;
  if (!canGetTo(there, user) || !permits(statSync(directory), user, WRITE | SEARCH)) return false;
  return !there.isIt || permits(there.stats, user, READ | WRITE);
}

/** Whether the file at `path` is the user's, and of one of his groups, so that a copy of it needs no other owner. */
export function isOwn(path: string, { uid, gids }: User): boolean {
  const there = nearest(path);
  return !there.isIt || (there.stats.uid === uid && gids.includes(there.stats.gid));
}

/** `name` is the path as it was asked for, or a beginning of it; `path` where that leads to, through symbolic links. */
type There = { readonly name: string; readonly path: string; readonly stats: Stats; readonly isIt: boolean };

/** What is at the path, or else what is there of the way to it. */
function nearest(wanted: string): There {
  for (let path = wanted; ; path = dirname(path)) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats) return { name: path, path: realpathSync(path), stats, isIt: path === wanted };
    if (path === '/') throw new Error('there is no root directory');
  }
}

const canGetTo = ({ name, path }: There, user: User): boolean =>
  canSearch(dirname(name), user) && canSearch(dirname(path), user);

function canSearch(directory: string, user: User): boolean {
  for (let path = directory; ; path = dirname(path)) {
    if (!permits(statSync(path), user, SEARCH)) return false;
    if (path === '/') return true;
  }
}

/** As the kernel decides it (path_resolution(7)): the first that fits counts, also when another would allow more. */
function permits({ mode, uid, gid }: Stats, user: User, wanted: number): boolean {
  const shift = uid === user.uid ? 6 : user.gids.includes(gid) ? 3 : 0;
  return ((mode >> shift) & wanted) === wanted;
}
