import type { Cleanup } from '../cleanup.ts';
import type { Policy } from '../config/policy.ts';
import { NameResolver } from '../report/portsentry/names.ts';
import { openLog } from './open-log.ts';
import { Records } from './records.ts';
import { ReopenedLog } from './reopened-log.ts';

/** What the sentry writes down: its log, and the files of PortSentry, both with the names of hosts if those are wanted. */
export type Journal = {
  readonly log: ReopenedLog;
  readonly records: Records;
  /** Hosts whose names were not looked up, because too many were. */
  readonly refusedNames: number;
  /** Logs as another policy says from now on. */
  renew(policy: Policy): void;
  /** The last lines wait for no name server. */
  hurry(): void;
};

/** Opens the journal; `cleanup` closes it. What is wrong with the files is told in the log. */
export async function openJournal(
  policy: Policy,
  write: (text: string) => void,
  cleanup: Cleanup,
): Promise<Journal> {
  const early: string[] = [];
  let warn = (text: string): void => void early.push(text);
  const later = (text: string) => warn(text);
  const names = policy.portsentry?.resolveHost ? new NameResolver({ warn: later }) : undefined;
  cleanup.add(() => names?.close());
  const lookUp = names && ((address: string) => names.lookup(address));
  const records = await Records.open(policy.portsentry, { warn: later, lookUp });
  cleanup.add(() => records.close());
  const complain = (text: string) => process.stderr.write(`xdpsentry: ${text}\n`);
  const onScanLine = (line: string) => records.addScanLine(line);
  const open = (its: Policy) => openLog({ policy: its, write, lookUp, complain, onScanLine });
  const log = new ReopenedLog(open(policy));
  cleanup.add(() => log.close());
  warn = (text) => log.tell({ event: 'warning', text });
  early.forEach(warn);
  return {
    log,
    records,
    get refusedNames() {
      return names?.refused ?? 0;
    },
    renew: (next) => log.reopen(open(next)),
    hurry: () => names?.close(),
  };
}
