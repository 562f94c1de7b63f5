import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Leaves a file alone that is as it should be: make goes by its time. */
export function writeIfChanged(path: string | URL, text: string): void {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}
