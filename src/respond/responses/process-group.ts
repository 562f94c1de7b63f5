/**
 * Sends `signal` (0: none, only asks) to every process of a group. `gone`: nobody is left in it. `refused`: none of them may
 * be signalled (EPERM).
 */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): 'sent' | 'gone' | 'refused' {
  try {
    process.kill(-group, signal);
    return 'sent';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return 'gone';
    if (code === 'EPERM') return 'refused';
    throw error;
  }
}
