import { statSync } from 'node:fs';
import { readIfThere } from '../host/read-if-there.ts';
import type { Prefix } from '../values/prefix.ts';
import { plainly } from '../values/system-error.ts';
import { isBuiltFromStatic, readIgnoreFile } from './portsentry/ignore.ts';

/** What the files say, and what is wrong with them, a sentence each. */
export type IgnoreFileContents = {
  readonly prefixes: readonly Prefix[];
  readonly problems: readonly string[];
};

/** Larger files are not read: that is no list of addresses. */
const MAX_BYTES = 4 << 20;

/**
 * Entries of the ignore list, and of all ignore files together. The kernel's table has 65,536; what is left over is for the addresses that
 * are guarded without being asked: loopback, this host, its gateways and resolvers, who is logged in.
 */
export const MAX_IGNORED = 60_000;

/**
 * Answers a function that reads the files anew when one of them has changed since the last call, and undefined while they
 * are the same. A file that is not there is a problem and no error: PortSentry goes on without it, and it may come. One that cannot
 * be read counts as it was read last, and is tried again with each call. A file that Debian's script makes of its `.static` sibling does not
 * count while that one is there and followed, too.
 */
export function followIgnoreFiles(paths: readonly string[]): () => IgnoreFileContents | undefined {
  let known: Readings & { readonly state: string } = {
    state: '',
    texts: new Map(),
    problems: [],
    failures: [],
  };
  return () => {
    const state = paths.map(stateOf).join();
    const isSame = state === known.state;
    if (isSame && known.failures.length === 0) return undefined;
    const readings = readAll(paths, known.texts);
    if (isSame && readings.failures.join() === known.failures.join()) return undefined;
    known = { ...readings, state };
    return contentsOf(readings);
  };
}

type Readings = {
  /** By path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Of files that are not there, or are of no use. */
  readonly problems: readonly string[];
  /** Of files that could not be read: they are tried again. */
  readonly failures: readonly string[];
};

function readAll(paths: readonly string[], before: ReadonlyMap<string, string>): Readings {
  const texts = new Map<string, string>();
  const problems: string[] = [];
  const failures: string[] = [];
  for (const path of paths) {
    const cannot = (error: unknown, then: string) =>
      `cannot read the ignore file ${path}: ${plainly(error)}; ${then}`;
    try {
      texts.set(path, readText(path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const old = before.get(path);
      if (code === undefined || code === 'ENOENT') {
        const mayBeAbsent = code === 'ENOENT' && path.endsWith('.static'); // that one is Debian's own
        if (!mayBeAbsent) problems.push(cannot(error, 'nobody is ignored for it'));
      } else if (old === undefined) {
        failures.push(cannot(error, 'nobody is ignored for it'));
      } else {
        failures.push(cannot(error, 'it counts as it was'));
        texts.set(path, old);
      }
    }
  }
  return { texts, problems, failures };
}

/** Throws ENOENT, what else the system has against it, and an Error without a code for what is no list of addresses. */
function readText(path: string): string {
  if (!statSync(path).isFile()) throw new Error('it is no file'); // nor is it opened: a pipe would wait for its other end
  const bytes = readIfThere(path, MAX_BYTES + 1) ?? Buffer.alloc(0);
  if (bytes.length > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
  return bytes.toString('latin1'); // addresses are ASCII, comments are of any age
}

function contentsOf({ texts, problems, failures }: Readings): IgnoreFileContents {
  const counting = [...texts].filter(
    ([path, text]) => !(isBuiltFromStatic(text) && texts.has(`${path}.static`)),
  );
  const prefixes: Prefix[] = [];
  const warnings: string[] = [];
  for (const [path, text] of counting) {
    const file = readIgnoreFile(text, path, MAX_IGNORED - prefixes.length);
    for (const warning of file.warnings) warnings.push(`${path}:${warning.line}: ${warning.text}`);
    for (const prefix of file.prefixes) prefixes.push(prefix);
  }
  return { prefixes, problems: [...problems, ...failures, ...warnings] };
}

/** By the time that nobody can set: `cp -p` and an editor may keep the other. */
function stateOf(path: string): string {
  try {
    const { dev, ino, ctimeNs, size } = statSync(path, { bigint: true });
    return `${dev}:${ino}:${ctimeNs}:${size}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
