import { readFileSync } from 'node:fs';
import type { CapabilitySet } from '../values/capabilities.ts';

/** What a process may do. */
export type Privileges = {
  /** In force now. */
  readonly effective: CapabilitySet;
  /** And what it may put in force at any time. */
  readonly permitted: CapabilitySet;
  /** What anything that it executes can have at most. */
  readonly bounding: CapabilitySet;
  /** What it executes has no more than it has itself. */
  readonly isFinal: boolean;
};

/** Of the main thread of this process; the others have the same, or it was not xdpsentry that changed them. */
export const ownPrivileges = (): Privileges => parsePrivileges(readFileSync('/proc/self/status', 'latin1'));

/** From /proc/PID/status (proc_pid_status(5)). What is not there, for want of a kernel that tells, is not had. */
export function parsePrivileges(status: string): Privileges {
  const read = (name: string) =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([\\da-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
  return {
    effective: read('CapEff'),
    permitted: read('CapPrm'),
    bounding: read('CapBnd'),
    isFinal: read('NoNewPrivs') === 1n,
  };
}
