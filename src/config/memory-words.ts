import { actionsOf, type Policy } from './policy.ts';
import { exact } from './rule-words.ts';

const DAY_MS = 86_400_000;

/** Whole days as days: nobody counts 90 of them in weeks. */
const days = (ms: number): string => (ms % DAY_MS === 0 ? `${ms / DAY_MS}d` : exact(ms));

/** What becomes of who comes back; nothing where no rule blocks for a time. */
export function escalationLines({ rules, escalation }: Policy): string[] {
  if (!rules.some((rule) => rule.blockMs !== undefined && actionsOf(rule).includes('block'))) return [];
  if (!escalation) return ['Who comes back is blocked for no longer than the first time.'];
  const { factor, capMs, unprovenCapMs, forgetAfterMs } = escalation;
  const unproven =
    unprovenCapMs < capMs ? `, or ${days(unprovenCapMs)} as long as its address may be forged` : '';
  return [
    `Who comes back is blocked ${factor} times as long as the last time, up to ${days(capMs)}${unproven}; ${days(forgetAfterMs)} after its last block that is forgotten.`,
  ];
}

/** Where blocks and history are kept, and for how long. */
export function memoryWords({ memory }: Policy): string {
  if (!memory)
    return 'none; blocks, offenders and slow scans are forgotten with a reboot, and there is no history';
  const { path, keepMs, maxEntries } = memory;
  return `${path}; history of ${days(keepMs)}, at most ${maxEntries} entries`;
}
