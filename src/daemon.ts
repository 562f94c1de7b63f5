import { assemble } from './assemble.ts';
import type { Daemon } from './assembly/life.ts';
import { Cleanup } from './cleanup.ts';
import type { Policy } from './config/policy.ts';
import { refuseSecond } from './control/server.ts';
import { openJournal } from './journal/journal.ts';
import type { Prefix } from './values/prefix.ts';

export { SUCCESSION } from './assemble.ts';
export type { Daemon } from './assembly/life.ts';

/**
 * Builds the parts, joins them and lets them run. `read` reads the policy, at each reload again; `write` takes what goes to standard
 * output; `login` is the address from which the starter is logged in by SSH. Throws a SentryError and leaves nothing behind when that
 * fails.
 */
export async function startDaemon(
  read: () => Policy,
  write: (text: string) => void,
  login?: Prefix,
): Promise<Daemon> {
  const policy = read();
  const cleanup = new Cleanup();
  try {
    await refuseSecond(policy.socket);
    const journal = await openJournal(policy, write, cleanup);
    return await assemble({ policy, read, journal, cleanup, login });
  } catch (error) {
    await cleanup.run(error as Error).catch(complain); // what went wrong first is what there is to mend
    throw error;
  }
}

const complain = (error: Error): void => void process.stderr.write(`xdpsentry: ${error.message}\n`);
