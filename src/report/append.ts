import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * No symbolic link is followed: whoever may write to the directory would choose the file that root writes to. Not waiting
 * matters for a named pipe alone, which without a reader would hold a thread for ever.
 */
const FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Logs are for root and the group that reads them (adm). */
const MODE = 0o640;

/** `bytes`: how many are in the file. `error`: what stopped it, or went wrong after all of them. */
export type Appended = { readonly bytes: number; readonly error: Error | undefined };

/** Appends to a file, which is made when it is not there. Opened each time, so that it may be rotated away without a signal. */
export async function append(path: string, data: Uint8Array): Promise<Appended> {
  let bytes = 0;
  try {
    const file = await open(path, FLAGS, MODE);
    try {
      while (bytes < data.length) bytes += (await file.write(data, bytes)).bytesWritten;
    } finally {
      await file.close();
    }
    return { bytes, error: undefined };
  } catch (error) {
    return { bytes, error: error as Error };
  }
}
