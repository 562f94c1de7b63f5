import type { ListGuard, PackedExempt } from '../respond/list-guard.ts';
import { plainly } from '../values/system-error.ts';
import { atMost, type Chunks, unpacked } from './bytes.ts';
import { Cache, type CacheWriter } from './cache.ts';
import { readFile } from './file.ts';
import { get, type Limits, type Validators } from './http.ts';
import { ListReader } from './reader.ts';
import type { ListFormat, Reading } from './reading.ts';

/** Where a list is to be read. `cache` is the path of the last good copy; undefined: none is kept. */
export type LoadPlace =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'url';
      readonly url: string;
      readonly validators: Validators;
      readonly cache: string | undefined;
      readonly limits?: Limits;
    }
  | { readonly kind: 'cache'; readonly url: string; readonly cache: string };

/** Plain data, for another thread. */
export type LoadJob = {
  readonly place: LoadPlace;
  /** Undefined: the first line tells. */
  readonly format: ListFormat | undefined;
  readonly maxBytes: number;
  /** What the guard goes by. */
  readonly exempt: PackedExempt;
};

export type Loaded = Reading & {
  readonly validators: Validators;
  /** When it was last known to be the latest, wall clock; undefined: now. */
  readonly checkedMs: number | undefined;
  /** Why no copy was kept. */
  readonly unkept: string | undefined;
};

/** `unchanged`: what the validators stand for is the latest. `absent`: there is no copy. */
export type LoadResult = Loaded | 'unchanged' | 'absent';

/** Reads a list. Throws an Error that says why there is none. */
export async function load({ place, format, maxBytes }: LoadJob, guard: ListGuard): Promise<LoadResult> {
  const read = (chunks: Chunks, writer?: CacheWriter) =>
    readList({ chunks, writer, format, maxBytes }, guard);
  if (place.kind === 'file') {
    return { ...(await read(readFile(place.path))), validators: {}, checkedMs: undefined, unkept: undefined };
  }
  const cache = place.cache === undefined ? undefined : new Cache(place.cache, place.url);
  if (place.kind === 'cache') {
    const kept = await cache?.read();
    if (!kept) return 'absent';
    const { validators, checkedMs } = kept;
    return { ...(await read(kept.chunks)), validators, checkedMs, unkept: undefined };
  }
  const answer = await get(new URL(place.url), place.validators, maxBytes, place.limits);
  if (answer === 'unchanged') {
    await cache?.touch().catch(() => undefined); // only that the next start asks earlier than it would have to
    return answer;
  }
  return await readAndKeep(answer.chunks, answer.validators, cache, read);
}

async function readAndKeep(
  chunks: Chunks,
  validators: Validators,
  cache: Cache | undefined,
  read: (chunks: Chunks, writer?: CacheWriter) => Promise<Reading>,
): Promise<Loaded> {
  let unkept: string | undefined;
  const note = (error: Error): undefined => {
    unkept = plainly(error);
  };
  const writer = await cache?.write(validators).catch(note);
  try {
    const reading = await read(chunks, writer);
    await writer?.keep().catch(note);
    return { ...reading, validators, checkedMs: undefined, unkept };
  } finally {
    await writer?.discard();
  }
}

type ReadParts = {
  readonly chunks: Chunks;
  readonly writer: CacheWriter | undefined;
  readonly format: ListFormat | undefined;
  readonly maxBytes: number;
};

async function readList({ chunks, writer, format, maxBytes }: ReadParts, guard: ListGuard): Promise<Reading> {
  const reader = new ListReader(guard, format);
  for await (const chunk of atMost(unpacked(atMost(chunks, maxBytes)), maxBytes)) {
    reader.push(chunk);
    await writer?.add(chunk);
  }
  return reader.finish();
}
