import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What this process holds of the kernel's BPF: descriptors, and mappings of map memory. */
export function heldByProcess(): number {
  const descriptors = readdirSync('/proc/self/fd').filter((fd) => isBpf(`/proc/self/fd/${fd}`)).length;
  const mappings = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes('anon_inode:bpf-map')).length;
  return descriptors + mappings;
}

function isBpf(path: string): boolean {
  try {
    return /bpf|eventpoll/.test(readlinkSync(path));
  } catch {
    return false; // The descriptor that read the directory.
  }
}

/** Collects garbage, and lets finalizers run, until the process holds no more than `expected`. Throws if it never does. */
export async function collectUntilHeld(expected: number): Promise<void> {
  for (let attempt = 0; heldByProcess() > expected; attempt++) {
    if (attempt === 50) throw new Error(`${heldByProcess()} held, not ${expected}`);
    globalThis.gc?.();
    await nextTurn();
  }
}
