import { uptime } from 'node:os';
import type { Aftermath } from '../aftermath.ts';
import type { Policy, PolicyRule } from '../config/policy.ts';
import type { Transport } from '../detect/probe.ts';
import type { Recorded, Records } from '../journal/records.ts';
import type { Blocks } from '../respond/blocks.ts';
import type { Marks } from '../respond/marks.ts';
import { formatPrefix, parsePrefix } from '../values/prefix.ts';
import { sourceOf } from '../values/source.ts';

export type RestoreParts = {
  readonly policy: Policy;
  readonly records: Pick<Records, 'standing' | 'remove'>;
  readonly blocks: Pick<Blocks, 'add' | 'objectionTo'>;
  readonly marks: Pick<Marks, 'add'>;
  readonly aftermath: Pick<Aftermath, 'resume' | 'endLate'>;
  readonly warn: (text: string) => void;
};

/**
 * Puts back in force what the blocked files hold, for the rest of its time: PortSentry forgets at each start. What must not be
 * blocked any more, and what was over meanwhile, ends now.
 */
export function restore(parts: RestoreParts): void {
  if (parts.policy.mode === 'observe') return;
  let restored = 0;
  for (const recorded of [...parts.records.standing()]) {
    try {
      if (restoreOne(recorded, parts)) restored++;
    } catch (error) {
      parts.warn(`${recorded.address} is in the blocked file and not blocked: ${(error as Error).message}`);
    }
  }
  if (restored > 0) parts.warn(`hosts of the blocked file that are answered as before: ${restored}`);
}

/** False when there was nothing to restore. */
function restoreOne(recorded: Recorded, parts: RestoreParts): boolean {
  const { policy, records, blocks, marks, aftermath, warn } = parts;
  const { address, port, atMs } = recorded;
  const found = answerTo(recorded, policy);
  const whole = parsePrefix(address);
  if (!found || !whole) return false;
  const { rule, protocol } = found;
  const action = rule.action[protocol];
  const ageMs = Math.max(0, Date.now() - atMs); // a clock that was set back must not make it last longer
  const durationMs = rule.blockMs === undefined ? undefined : rule.blockMs - ageMs;
  const isOver = durationMs !== undefined && durationMs <= 0;
  const isProven = protocol === 'tcp' && [...rule.kinds].every((kind) => kind === 'connect');
  const evidence = { address, protocol, port, ...(isProven && { isProven }) };
  if (action === 'command' && atMs < bootMs()) {
    records.remove(evidence);
    return false;
  }
  const prefix = sourceOf(whole, policy.sourceBits6);
  const source = formatPrefix(prefix);
  const objection =
    action === 'record' ? undefined : blocks.objectionTo({ prefix, origin: 'local', evidence });
  if (objection) warn(`${address} is in the blocked file and let in: ${objection}`);
  if (isOver || objection) {
    const isMark = action === 'command' || action === 'record';
    aftermath.endLate({ source, evidence, ...(isMark && { rule: rule.name, by: action }) });
    return false;
  }
  const common = { prefix, durationMs, evidence };
  aftermath.resume(() => {
    if (action === 'block') {
      const reason = `${rule.name}: from the blocked file`;
      const standing = blocks.add({ ...common, origin: 'local', reason }).evidence;
      // One block stands for several entries: TCP and UDP, addresses of one network. It ends one of them, so it keeps no other.
      if (standing?.address !== address || standing.protocol !== protocol) records.remove(evidence);
    } else if (action === 'command' || action === 'record') {
      marks.add({ ...common, source, rule: rule.name, by: action });
    }
  });
  return true;
}

/** The first rule that answers probes of such a protocol: most likely it has answered this source. */
function answerTo(
  { protocols }: Recorded,
  { rules }: Policy,
): { rule: PolicyRule; protocol: Transport } | undefined {
  for (const protocol of protocols) {
    const rule = rules.find(
      (it) => (it.protocol ?? protocol) === protocol && it.action[protocol] !== 'alert',
    );
    if (rule) return { rule, protocol };
  }
  return undefined;
}

/** Wall-clock time of the last boot. What a command did before that, to a firewall or a route, is gone: it has to run again. */
const bootMs = (): number => Date.now() - uptime() * 1000;
