import { readFileSync } from 'node:fs';

/** The kernel counts CPU time for user space in these, whatever its own clock is. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

export type Use = { readonly cpuSeconds: number; readonly memoryMb: number };

/** What a process has used of the CPU so far, and has in memory now. */
export function useOf(pid: number): Use {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may have anything in it
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  const resident = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
  return {
    cpuSeconds: (user + system) / TICKS_PER_SECOND,
    memoryMb: (resident * PAGE_BYTES) / 1e6,
  };
}
