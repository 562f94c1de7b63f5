import { statSync } from 'node:fs';

/** The files, and the names by which one of them comes again: its own, or another. */
export function distinctFiles(paths: readonly string[]): { files: string[]; repeated: string[] } {
  const byIdentity = new Map<string, string>();
  const repeated: string[] = [];
  for (const path of paths) {
    const identity = identityOf(path);
    if (byIdentity.has(identity)) repeated.push(path);
    else byIdentity.set(identity, path);
  }
  return { files: [...byIdentity.values()], repeated };
}

/** What cannot be looked at is its name: whoever reads it says what is wrong with it. */
function identityOf(path: string): string {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return path;
  }
}
