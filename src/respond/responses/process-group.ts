/**
 * Sends `signal` (0: none, only asks) to every process of a group. Answers false when nobody is left in it, and throws when
 * the kernel does not allow it.
 */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
