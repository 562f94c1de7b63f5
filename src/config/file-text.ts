import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SentryError } from '../errors.ts';
import { doubtAbout } from './trust.ts';

/** Largest configuration file, in bytes: an ignore list of 60,000 addresses fits, a disk image does not. */
export const MAX_BYTES = 1 << 20;

/** The bytes of a file, and who else may change them; see doubtAbout(). */
export type Read = { readonly bytes: Buffer; readonly doubt: string | undefined };

/** Reads a configuration file. Throws XS_ERR_CONFIG_READ, or XS_ERR_CONFIG for one that is too large. */
export function readWithDoubt(path: string): Read {
  const read = readAtMost(path, MAX_BYTES + 1);
  if (read.bytes.length > MAX_BYTES) throw tooLarge(path);
  return read;
}

/** The same, where it is no matter who may change it. */
export const readBytes = (path: string): Buffer => readWithDoubt(path).bytes;

/** The same; undefined when there is no such file. */
export function readBytesIfThere(path: string): Buffer | undefined {
  try {
    return readBytes(path);
  } catch (error) {
    const { cause } = error as SentryError;
    if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What these bytes are as UTF-8; undefined when they are none. */
export function utf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** The first bytes of a file; it need not be a regular one, so its size is not asked for. */
function readAtMost(path: string, limit: number): Read {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  let doubt: string | undefined;
  try {
    const file = openSync(path, 'r');
    try {
      for (let read = 1; read > 0 && length < limit; length += read) {
        read = readSync(file, buffer, length, limit - length, null);
      }
      doubt = doubtAbout(path, fstatSync(file)); // of this very file, and after it was read
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new SentryError('XS_ERR_CONFIG_READ', `${path}: ${reasonOf(cause)}`, { cause });
  }
  return { bytes: buffer.subarray(0, length), doubt };
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'it is a directory',
};

function reasonOf(cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}

export const tooLarge = (origin: string): SentryError =>
  new SentryError('XS_ERR_CONFIG', `${origin}:1:1: the file is larger than ${MAX_BYTES} bytes (1 MiB)`);

/** The error for bytes that are no UTF-8, with the place of the first such. */
export function notText(path: string, bytes: Buffer): SentryError {
  const encoded = Buffer.from(bytes.toString('utf8'), 'utf8');
  const at = bytes.findIndex((byte, index) => byte !== encoded[index]);
  const before = bytes.subarray(0, at).toString('utf8').split('\n');
  const position = `${before.length}:${before.at(-1)!.length + 1}`;
  return new SentryError(
    'XS_ERR_CONFIG',
    `${path}:${position}: this is not UTF-8 text; save the file as UTF-8`,
  );
}
