import { type FileHandle, open } from 'node:fs/promises';

/**
 * Makes a file of `old` one of `text` (both Latin-1) without another file: it writes from where they differ, and cuts off
 * what is left. So an added line is appended, and nothing before it is touched; when there is no room for it, it is taken
 * away again.
 */
export async function overwriteFile(path: string, old: string, text: string): Promise<void> {
  const start = commonStart(old, text);
  const file = await open(path, 'r+');
  try {
    await writeAt(file, Buffer.from(text.slice(start), 'latin1'), start);
    await file.truncate(text.length);
    await file.sync();
  } catch (error) {
    if (start === old.length) await file.truncate(start);
    throw error;
  } finally {
    await file.close();
  }
}

function commonStart(first: string, second: string): number {
  const end = Math.min(first.length, second.length);
  let index = 0;
  while (index < end && first.charCodeAt(index) === second.charCodeAt(index)) index++;
  return index;
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}
