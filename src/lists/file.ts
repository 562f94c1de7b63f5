import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Chunks } from './bytes.ts';

const CHUNK_BYTES = 256 * 1024;

/** Changes whenever the file does, by the time that nobody can set; when it cannot be looked at, why. */
export async function stampOf(path: string): Promise<string> {
  try {
    return stampFrom(await stat(path, { bigint: true }));
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

const stampFrom = ({
  dev,
  ino,
  ctimeNs,
  size,
}: {
  dev: bigint;
  ino: bigint;
  ctimeNs: bigint;
  size: bigint;
}) => `${dev}:${ino}:${ctimeNs}:${size}`;

/** The bytes of a file. Throws when it is none, or when somebody writes to it meanwhile. */
export async function* readFile(path: string): Chunks {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK); // at a pipe nobody waits
  try {
    const facts = await file.stat({ bigint: true });
    if (!facts.isFile()) throw new Error('it is no file');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) break;
      yield Buffer.from(chunk.subarray(0, bytesRead));
    }
    if (stampFrom(await file.stat({ bigint: true })) !== stampFrom(facts)) {
      throw new Error('it was changed while it was read');
    }
  } finally {
    await file.close();
  }
}
