import { existsSync, rmdirSync, unlinkSync } from 'node:fs';
import type { Host } from './lab.ts';

const DIRECTORIES = ['/sys/fs/bpf/tc/globals', '/sys/fs/bpf/tc'];
const LINKS = ['/sys/fs/bpf/ip', '/sys/fs/bpf/xdp'];

/** Has `ip` or `tc` load a BPF object on a host of the lab, and removes the empty directories that they leave for others. */
export async function loadByIproute2(
  host: Host,
  command: 'ip' | 'tc',
  args: readonly string[],
): Promise<void> {
  const isNew = [...DIRECTORIES, ...LINKS].filter((path) => !existsSync(path));
  await host.execute(command, args);
  for (const path of LINKS) if (isNew.includes(path)) tryTo(() => unlinkSync(path));
  for (const path of DIRECTORIES) if (isNew.includes(path)) tryTo(() => rmdirSync(path));
}

/** Another lab may have been faster, or may still be using it. */
function tryTo(remove: () => void): void {
  try {
    remove();
  } catch {
    // It goes with the other lab.
  }
}
