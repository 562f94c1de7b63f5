import { type BigIntStats, constants, lstatSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than an edit takes: what is there unchanged for so long was left by a crash. */
const STALE_MS = 500;
const LOOK_MS = 10;

/** Never opens what is there by that name, be it a link: whoever may write to the directory could have put it there. */
const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Where a file is written before it takes the place of `target`: one name, so that crashes leave one at most. */
export const besideOf = (target: string): string => join(dirname(target), `.${basename(target)}.xdpsentry`);

/** Mode, and owner unless it is to be ours. */
export type Looks = { readonly mode: number; readonly owner: { uid: number; gid: number } | undefined };

/**
 * Writes a new file (Latin-1) and answers what it is then. One that is there already belongs to another sentry, which is
 * waited for, or was left by a crash, and goes. Rejects with EEXIST when another was quicker; then nothing was written.
 */
export async function writeBeside(path: string, text: string, { mode, owner }: Looks): Promise<BigIntStats> {
  await waitForOther(path);
  const file = await open(path, FRESH, 0o600);
  try {
    await file.writeFile(text, 'latin1');
    if (owner) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode);
    await file.sync();
    return await file.stat({ bigint: true });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Whether the file at the path, which may have gone, is that one and has not been written to since. */
export function isStill(path: string, { ino, size, mtimeNs }: BigIntStats): boolean {
  const now = look(path);
  return now?.ino === ino && now.size === size && now.mtimeNs === mtimeNs;
}

async function waitForOther(path: string): Promise<void> {
  let stillMs = 0;
  for (let seen = look(path); seen; seen = look(path)) {
    if (stillMs >= STALE_MS) return rm(path);
    await sleep(LOOK_MS);
    stillMs = isStill(path, seen) ? stillMs + LOOK_MS : 0;
  }
}

const look = (path: string) => lstatSync(path, { bigint: true, throwIfNoEntry: false });
