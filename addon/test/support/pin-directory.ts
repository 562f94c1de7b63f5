import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BPFFS } from './capability.ts';

/** A directory of its own in the BPF file system, removed with all its pins at the end of the scope. */
export function makePinDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(BPFFS, `bln-${process.pid}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
