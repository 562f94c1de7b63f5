import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

export type Chunks = AsyncIterable<Uint8Array>;

/** The same bytes; throws as soon as there are more of them than that. */
export async function* atMost(chunks: Chunks, maxBytes: number): Chunks {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    yield chunk;
  }
}

const GZIP = [0x1f, 0x8b]; // RFC 1952 section 2.3.1

/** What the bytes are unpacked, if they are gzip, whatever the name says; else the same bytes. A file that is cut short throws. */
export async function* unpacked(chunks: Chunks): Chunks {
  const { isGzip, all } = await lookedAt(chunks);
  const bytes = Readable.from(all, { objectMode: false });
  yield* isGzip ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
}

/** The same bytes; throws when they are no gzip, which says itself where it ends. */
export async function* onlyGzip(chunks: Chunks, objection: string): Chunks {
  const { isGzip, all } = await lookedAt(chunks);
  for await (const chunk of all) {
    if (!isGzip) throw new Error(objection); // here, so that they are closed
    yield chunk;
  }
}

async function lookedAt(chunks: Chunks) {
  const rest = chunks[Symbol.asyncIterator]();
  const first = await atLeast(rest, GZIP.length);
  const isGzip = first.length >= GZIP.length && GZIP.every((byte, index) => first[index] === byte);
  return { isGzip, all: joined(first, rest) };
}

/** The first bytes, so many if there are so many. */
async function atLeast(chunks: AsyncIterator<Uint8Array>, count: number): Promise<Uint8Array> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < count) {
    const next = await chunks.next();
    if (next.done) break;
    bytes = Buffer.concat([bytes, next.value]);
  }
  return bytes;
}

/** Bytes that were read already, and those that follow. */
export async function* joined(first: Uint8Array, rest: AsyncIterator<Uint8Array>): Chunks {
  try {
    if (first.length > 0) yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
