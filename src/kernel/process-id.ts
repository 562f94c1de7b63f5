import { readFileSync } from 'node:fs';

/** A process, told apart from one that gets the same number later. */
export type ProcessId = {
  readonly pid: number;
  /** When it started, in clock ticks since boot. */
  readonly startTicks: number;
};

export function ownProcess(): ProcessId {
  const { pid } = process;
  const stat = readStat(pid);
  if (!stat) throw new Error(`/proc/${pid}/stat cannot be read`);
  return { pid, startTicks: stat.startTicks };
}

/** False also for one that has ended and that its parent has not asked after: it holds nothing any more. */
export function isAlive({ pid, startTicks }: ProcessId): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTicks === startTicks && !/[ZX]/.test(stat.state);
}

/** proc_pid_stat(5). The name, second of the fields, may hold spaces and parentheses; the state is the third field. */
function readStat(pid: number): { readonly state: string; readonly startTicks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, startTicks: Number(fields[22 - 3]) };
  } catch {
    return undefined; // there is no such process
  }
}
