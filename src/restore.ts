import { uptime } from 'node:os';
import type { Aftermath } from './aftermath.ts';
import type { Policy } from './config/policy.ts';
import type { Recorded, Records } from './records.ts';
import type { Blocks } from './respond/blocks.ts';
import type { Marks } from './respond/marks.ts';
import { formatPrefix, maskPrefix, parsePrefix } from './values/prefix.ts';

export type RestoreParts = {
  readonly policy: Policy;
  readonly records: Pick<Records, 'standing' | 'remove'>;
  readonly blocks: Pick<Blocks, 'add'>;
  readonly marks: Pick<Marks, 'add'>;
  readonly aftermath: Pick<Aftermath, 'resume'>;
  readonly warn: (text: string) => void;
};

/** Puts back in force what the blocked files hold, for the rest of its time: PortSentry forgets at each start. */
export function restore(parts: RestoreParts): void {
  if (parts.policy.mode === 'observe') return;
  for (const recorded of [...parts.records.standing()]) {
    try {
      restoreOne(recorded, parts);
    } catch (error) {
      parts.warn(`${recorded.address} is in the blocked file and not blocked: ${(error as Error).message}`);
    }
  }
}

function restoreOne(recorded: Recorded, { policy, records, blocks, marks, aftermath }: RestoreParts): void {
  const { address, protocol, atMs } = recorded;
  const rule = policy.rules.find(
    (it) => (it.protocol ?? protocol) === protocol && it.action[protocol] !== 'alert',
  );
  const whole = parsePrefix(address);
  if (!rule || !whole) return;
  const prefix = whole.family === 6 ? maskPrefix(whole, policy.sourceBits6) : whole;
  const action = rule.action[protocol];
  const durationMs = rule.blockMs === undefined ? undefined : rule.blockMs - (Date.now() - atMs);
  const isOver = durationMs !== undefined && durationMs <= 0;
  if (isOver || (action === 'command' && atMs < bootMs())) {
    records.remove(recorded);
    return;
  }
  const common = { prefix, durationMs, evidence: recorded };
  aftermath.resume(() => {
    if (action === 'block') {
      blocks.add({ ...common, origin: 'local', reason: `${rule.name}: from the blocked file` });
    } else if (action === 'command' || action === 'record') {
      marks.add({ ...common, source: formatPrefix(prefix), rule: rule.name, by: action });
    }
  });
}

/** Wall-clock time of the last boot. What a command did before that, to a firewall or a route, is gone: it has to run again. */
const bootMs = (): number => Date.now() - uptime() * 1000;
