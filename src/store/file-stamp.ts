import { constants } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPlain } from './plain-file.ts';

/** Changes whenever the file does: place, length and time of the last change. `ABSENT`: there is no file. */
export type Stamp = string;

export const ABSENT: Stamp = 'absent';

/** What an editor takes at most between emptying a file and having filled it again. */
const QUIET_MS = 200;
const TRIES = 5;

/** PortSentry 2's own example keeps the file in /tmp, where anybody may put one in advance. */
const TRUSTED: ReadonlySet<number | undefined> = new Set([0, process.geteuid?.()]);

export type Snapshot = { readonly stamp: Stamp; readonly bytes: Buffer };

export type FileFacts = { dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint };

export const stampFrom = ({ dev, ino, size, mtimeNs }: FileFacts): Stamp =>
  `${dev} ${ino} ${size} ${mtimeNs}`;

export const stampOf = async (path: string): Promise<Stamp> => {
  try {
    return stampFrom(await lstat(path, { bigint: true }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ABSENT;
    throw error;
  }
};

/** The file as it is at this moment; without it, no bytes. Rejects when it is no file, or one of others than root and us. */
export async function readNow(path: string): Promise<Snapshot> {
  try {
    const file = await openPlain(path, constants.O_RDONLY);
    try {
      const facts = await file.stat({ bigint: true });
      if (!facts.isFile()) throw new Error(`${path} is no file`); // a device must not be replaced by one
      const owner = Number(facts.uid);
      if (!TRUSTED.has(owner)) throw new Error(`${path} belongs to user ${owner}: give it to root`);
      return { stamp: stampFrom(facts), bytes: await file.readFile() };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { stamp: ABSENT, bytes: Buffer.alloc(0) };
    throw error;
  }
}

/**
 * The file as somebody has left it, not as he is about to write it: many editors empty a file, or take it away, before they
 * fill it. Rejects when it does not come to rest.
 */
export async function readAtRest(
  path: string,
  pause: () => Promise<unknown> = () => sleep(QUIET_MS),
): Promise<Snapshot> {
  for (let tried = 0; tried < TRIES; tried++) {
    const snapshot = await readNow(path);
    await pause();
    if ((await stampOf(path)) === snapshot.stamp) return snapshot;
  }
  throw new Error(`${path} keeps changing`);
}
