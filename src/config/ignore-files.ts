import { readFileSync, statSync } from 'node:fs';
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
 * are the same. A file that is not there is a problem and no error: PortSentry goes on without it, and it may come. A
 * file that Debian's script makes of its `.static` sibling does not count while that one is there and followed, too.
 */
export function followIgnoreFiles(paths: readonly string[]): () => IgnoreFileContents | undefined {
  let known: string | undefined;
  return () => {
    const state = paths.map(stateOf).join();
    if (state === known || paths.length === 0) return undefined;
    known = state;
    const problems: string[] = [];
    const texts = new Map(paths.flatMap((path) => readText(path, problems).map((text) => [path, text])));
    const counting = [...texts].filter(
      ([path, text]) => !(isBuiltFromStatic(text) && texts.has(`${path}.static`)),
    );
    const prefixes: Prefix[] = [];
    for (const [path, text] of counting) {
      const file = readIgnoreFile(text, path, MAX_IGNORED - prefixes.length);
      problems.push(...file.warnings.map((warning) => `${path}:${warning.line}: ${warning.text}`));
      for (const prefix of file.prefixes) prefixes.push(prefix);
    }
    return { prefixes, problems };
  };
}

/** None, and a problem more, when it cannot be read; but `.static` is Debian's own and may be absent. */
function readText(path: string, problems: string[]): [] | [string] {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error('it is no file');
    if (stat.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    return [readFileSync(path, 'latin1')]; // addresses are ASCII, comments are of any age
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!(isAbsent && path.endsWith('.static'))) {
      problems.push(`cannot read the ignore file ${path}: ${plainly(error)}; nobody is ignored for it`);
    }
    return [];
  }
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
