import { actionsOf, type Policy } from './policy.ts';
import { exact } from './rule-words.ts';

/** What becomes of who comes back; nothing where no rule blocks for a time. */
export function escalationLines({ rules, escalation }: Policy): string[] {
  if (!rules.some((rule) => rule.blockMs !== undefined && actionsOf(rule).includes('block'))) return [];
  if (!escalation) return ['Who comes back is blocked for no longer than the first time.'];
  const { factor, capMs, forgetAfterMs } = escalation;
  return [
    `Who comes back is blocked ${factor} times as long as the last time, up to ${exact(capMs)}; ${exact(forgetAfterMs)} after a block it is forgotten.`,
  ];
}

/** Where blocks and history are kept, and for how long. */
export function memoryWords({ memory }: Policy): string {
  if (!memory) return 'none; blocks and offenders are forgotten with a reboot, and there is no history';
  const { path, keepMs, maxEntries } = memory;
  return `${path}; history of ${exact(keepMs)}, at most ${maxEntries} entries`;
}
