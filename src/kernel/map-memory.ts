import { readdirSync, readFileSync } from 'node:fs';

const FDINFO = '/proc/self/fdinfo';

/**
 * Bytes of kernel memory that each map takes of which this process has a descriptor, by id. Since Linux 6.4 that is what it
 * takes; before, the kernel counts a table that grows with its entries as if it were full.
 */
export function memoryOfMaps(): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const fd of readdirSync(FDINFO)) {
    const text = readInfo(`${FDINFO}/${fd}`);
    const id = /^map_id:\s+(\d+)$/m.exec(text)?.[1];
    const bytes = /^memlock:\s+(\d+)$/m.exec(text)?.[1];
    if (id !== undefined && bytes !== undefined) found.set(Number(id), Number(bytes));
  }
  return found;
}

/** Descriptors come and go; that of the directory itself has just gone. */
function readInfo(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
