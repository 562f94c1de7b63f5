import { closeSync, openSync, readSync } from 'node:fs';
import { SentryError } from '../errors.ts';
import { toPolicy } from './build.ts';
import { readYaml } from './document.ts';
import type { Policy } from './policy.ts';
import { problemsOf, report } from './problems.ts';
import { configSchema } from './schema.ts';

/** Largest configuration file, in bytes: an ignore list of 60,000 addresses fits, a disk image does not. */
const MAX_BYTES = 1 << 20;

/** The policy of a sentry without a configuration file. */
export const defaultPolicy = (): Policy => parsePolicy('', 'built-in default');

/** The policy in the file at `path`. */
export function loadPolicy(path: string): Policy {
  const bytes = readAtMost(path, MAX_BYTES + 1);
  if (bytes.length > MAX_BYTES) throw tooLarge(path);
  const text = bytes.toString('utf8');
  const encoded = Buffer.from(text, 'utf8');
  if (!encoded.equals(bytes)) throw notText(path, bytes, encoded);
  return parsePolicy(text, path);
}

/** The policy in a YAML text. `origin` names the text in messages: all that is wrong with it comes at once. */
export function parsePolicy(text: string, origin: string): Policy {
  if (Buffer.byteLength(text) > MAX_BYTES) throw tooLarge(origin);
  const yaml = readYaml(text.replace(/^\uFEFF/, ''));
  const parsed = configSchema.safeParse(yaml.value ?? {});
  if (parsed.success && yaml.problems.length === 0) return toPolicy(parsed.data, origin);
  const problems = [...yaml.problems, ...problemsOf(parsed.error?.issues ?? [], yaml)];
  throw new SentryError('XS_ERR_CONFIG', report(problems, origin, yaml));
}

/** The first bytes of a file; it need not be a regular one, so its size is not asked for. */
function readAtMost(path: string, limit: number): Buffer {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  try {
    const file = openSync(path, 'r');
    try {
      for (let read = 1; read > 0 && length < limit; length += read) {
        read = readSync(file, buffer, length, limit - length, null);
      }
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new SentryError('XS_ERR_CONFIG_READ', `${path}: ${reasonOf(cause)}`, { cause });
  }
  return buffer.subarray(0, length);
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

const tooLarge = (origin: string): SentryError =>
  new SentryError('XS_ERR_CONFIG', `${origin}:1:1: the file is larger than ${MAX_BYTES} bytes (1 MiB)`);

function notText(path: string, bytes: Buffer, encoded: Buffer): SentryError {
  const at = bytes.findIndex((byte, index) => byte !== encoded[index]);
  const before = bytes.subarray(0, at).toString('utf8').split('\n');
  const position = `${before.length}:${before.at(-1)!.length + 1}`;
  return new SentryError(
    'XS_ERR_CONFIG',
    `${path}:${position}: this is not UTF-8 text; save the file as UTF-8`,
  );
}
