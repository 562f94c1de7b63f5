import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Chunks, joined } from './bytes.ts';
import { readFile } from './file.ts';
import type { Validators } from './http.ts';
import { shownUrl } from './url.ts';

/** Nobody else need know what is kept out. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o755;

/** Longest first line: validators are short, and a file of another kind need not be read on. */
const MAX_HEAD_BYTES = 8192;
const HEAD_START = '# xdpsentry keeps ';
const NEWLINE = 0x0a;

/** A list that was kept: what the server gave with it, and when it was last known to be the latest (wall clock). */
export type Kept = { readonly chunks: Chunks; readonly validators: Validators; readonly checkedMs: number };

/** `source` tells URLs apart, also those that look the same when they are shown. */
type Head = { readonly source: string; readonly url: string } & Validators;

/**
 * The last good copy of a list, in a file: a first line, itself a comment, that says whose copy it is, and the list. The time of
 * the file is when that was known to be the latest.
 */
export class Cache {
  readonly #path: string;
  readonly #from: Pick<Head, 'source' | 'url'>;

  /** `url`: where the list comes from, password and all, which does not get into the file. */
  constructor(path: string, url: string) {
    this.#path = path;
    this.#from = { source: createHash('sha256').update(url).digest('hex'), url: shownUrl(url) };
  }

  /** Undefined when there is none, or one of another source. */
  async read(): Promise<Kept | undefined> {
    const facts = await stat(this.#path).catch(unlessMissing);
    if (!facts) return undefined;
    const chunks = readFile(this.#path)[Symbol.asyncIterator]();
    const { head, rest } = await headOf(chunks);
    if (head?.source !== this.#from.source) {
      await chunks.return?.();
      return undefined;
    }
    const { etag, lastModified } = head;
    const validators = { ...(etag && { etag }), ...(lastModified && { lastModified }) };
    return { chunks: joined(rest, chunks), validators, checkedMs: facts.mtimeMs };
  }

  /** Begins a new copy beside the old one. */
  async write(validators: Validators): Promise<CacheWriter> {
    await mkdir(dirname(this.#path), { recursive: true, mode: DIRECTORY_MODE });
    const temporary = `${this.#path}.new`; // one name, so that crashes leave one file at most
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', FILE_MODE);
    const writer = new CacheWriter(file, temporary, this.#path);
    await writer.add(Buffer.from(`${HEAD_START}${JSON.stringify({ ...this.#from, ...validators })}\n`));
    return writer;
  }

  /** Notes that the copy is the latest still. */
  async touch(): Promise<void> {
    const now = new Date();
    await utimes(this.#path, now, now);
  }
}

/**
 * A copy that is being written. It takes the place of the old one as a whole, also when the power fails, or not at all. That a disk is
 * full must not keep the list from being read: it is said at the end.
 */
export class CacheWriter {
  readonly #file: FileHandle;
  readonly #temporary: string;
  readonly #path: string;
  #failure: Error | undefined;

  constructor(file: FileHandle, temporary: string, path: string) {
    this.#file = file;
    this.#temporary = temporary;
    this.#path = path;
  }

  async add(bytes: Uint8Array): Promise<void> {
    if (this.#failure) return;
    try {
      await this.#file.writeFile(bytes); // at its position, all of it
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  /** Throws when there is no copy. */
  async keep(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#temporary, this.#path);
    const directory = await open(dirname(this.#path), constants.O_RDONLY | constants.O_DIRECTORY);
    await directory.sync().finally(() => directory.close());
  }

  /** May be called at any time, also twice. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }
}

async function headOf(
  chunks: AsyncIterator<Uint8Array>,
): Promise<{ readonly head: Head | undefined; readonly rest: Uint8Array }> {
  let bytes = Buffer.alloc(0);
  let end = -1;
  while (end < 0 && bytes.length < MAX_HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    bytes = Buffer.concat([bytes, next.value]);
    end = bytes.indexOf(NEWLINE);
  }
  const line = end < 0 ? '' : bytes.toString('utf8', 0, end);
  return { head: parseHead(line), rest: bytes.subarray(end + 1) };
}

function parseHead(line: string): Head | undefined {
  if (!line.startsWith(HEAD_START)) return undefined;
  try {
    return JSON.parse(line.slice(HEAD_START.length)) as Head; // root's own file
  } catch {
    return undefined;
  }
}

/** Where there is no directory there is no copy either; that none can be kept there is told when one is to be. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
