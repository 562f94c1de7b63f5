import { closeSync, openSync, readSync } from 'node:fs';

/**
 * The beginning of the file, so many bytes at most; undefined when there is none. Throws whatever else is in the way: that a file cannot be
 * read now does not mean that it says nothing.
 */
export function readIfThere(path: string, maxBytes: number): Buffer | undefined {
  const file = openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const buffer = Buffer.alloc(maxBytes);
    let length = 0;
    for (let got = -1; got !== 0 && length < maxBytes; length += got) {
      got = readSync(file, buffer, length, maxBytes - length, null);
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
