import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Policy, ruleAt, ruleNameAt, wantsEveryProbe } from './config/policy.ts';
import type { Exempt } from './exempt/exempt.ts';
import { letIgnoredIn } from './exempt/let-in.ts';
import type { Records } from './journal/records.ts';
import type { DataPlane, KernelBlock } from './kernel/data-plane.ts';
import type { ListKeeper } from './lists/keeper.ts';
import type { SentryEvent } from './report/event.ts';
import { untoldTeller } from './report/untold.ts';
import type { Blocks } from './respond/blocks.ts';
import { lostBlockFinder } from './respond/lost-blocks.ts';
import type { Evidence, Marks } from './respond/marks.ts';
import type { Served } from './served/served.ts';
import { formatPrefix, fullLength, parsePrefix } from './values/prefix.ts';
import { sourceOf } from './values/source.ts';

/** How late the controller notices an expiry; the kernel keeps it to the nanosecond. */
const SWEEP_MS = 250;
/** How late it notices addresses of the host that come, files that change, events that were lost, an interface that has gone. */
const CARE_MS = 1_000;

/** Lines of a blocked file that are followed in one turn of the event loop. */
const LIFT_BATCH = 1024;

export type CareParts = {
  /** The one that holds now. */
  readonly policy: () => Policy;
  readonly dataPlane: DataPlane;
  readonly exempt: Pick<Exempt, 'lookAtHost' | 'lookAtFiles' | 'own' | 'ignored' | 'ignores'>;
  readonly blocks: Blocks;
  readonly marks: Marks;
  readonly records: Pick<Records, 'removedByHand'>;
  readonly lists: Pick<ListKeeper, 'look'>;
  /** Looks at the connections of this host. */
  readonly lookAtConnections: () => Promise<void>;
  readonly lookAtInterfaces: () => void;
  readonly served: Pick<Served, 'look'>;
  /** Tells what sources are up to together. */
  readonly lookAround: () => void;
  readonly tell: (event: SentryEvent) => void;
};

/** Looks after what changes by itself, again and again. A look that fails is told of, once until it is otherwise, and the others go on. */
export function startCare(parts: CareParts): { stop(): void } {
  const { policy, dataPlane, exempt, blocks, marks, records, lists, tell } = parts;
  const warn = (text: string) => tell({ event: 'warning', text });
  const ruleName = (rule: number | undefined) => ruleNameAt(policy(), rule);
  /** The port has gone with the event; a network does not say which of its addresses it was, so nothing can run against one. */
  const evidenceOf = ({ prefix, rule }: KernelBlock): Evidence | undefined =>
    prefix.length === fullLength(prefix.family)
      ? { address: formatPrefix(prefix), protocol: ruleAt(policy(), rule)?.protocol ?? 'tcp', port: 0 }
      : undefined;
  const findLostBlocks = lostBlockFinder(dataPlane, blocks, ruleName, evidenceOf);
  const failures = new Map<string, string>();
  const care = async (what: string, step: () => void | Promise<void>) => {
    try {
      await step();
      failures.delete(what);
    } catch (error) {
      const { message } = error as Error;
      if (failures.get(what) !== message) warn(`${what}: ${message}`);
      failures.set(what, message);
    }
  };
  const makeTeller = () =>
    wantsEveryProbe(policy()) ? untoldTeller(() => dataPlane.losses(), tell) : undefined;
  let untold = makeTeller();
  const tellUntold = () => {
    untold = wantsEveryProbe(policy()) ? (untold ?? makeTeller()) : undefined;
    untold?.();
  };
  let isStopped = false;
  let isFollowing = false;
  /** The recipe of the tutorials: who is taken out of the blocked file is let in again. */
  const followHands = async () => {
    if (isFollowing) return; // somebody writes to the file without end
    isFollowing = true;
    const removed = await records.removedByHand().finally(() => {
      isFollowing = false;
    });
    let lifted = 0;
    for (const { address, protocols } of removed) {
      const whole = parsePrefix(address);
      if (!whole) continue;
      const prefix = sourceOf(whole, policy().sourceBits6);
      marks.lift(formatPrefix(prefix), protocols);
      const protocol = blocks.get(prefix)?.evidence?.protocol;
      if (protocol && protocols.includes(protocol)) blocks.lift(prefix);
      if (++lifted % LIFT_BATCH === 0) await nextTurn();
    }
  };
  /** When a flood was blocked, a flood of blocks ends: in steps, each in a turn of its own. */
  const sweepBlocks = () => {
    if (!isStopped && blocks.sweep()) setImmediate(sweepBlocks);
  };
  const sweeper = setInterval(() => {
    sweepBlocks();
    marks.sweep();
  }, SWEEP_MS);
  const caretaker = setInterval(() => {
    void care('the interfaces', parts.lookAtInterfaces);
    void care('sources that belong together', parts.lookAround);
    void care('the addresses of this host', () => {
      const problems = exempt.lookAtHost();
      dataPlane.setOwn(exempt.own);
      if (problems.length > 0) throw new Error(problems.join('; '));
    });
    void care('the connections of this host', parts.lookAtConnections);
    void care('ports without a socket', () => parts.served.look());
    void care('the ignore files', async () => {
      const problems = exempt.lookAtFiles();
      if (!problems) return;
      dataPlane.setIgnored(exempt.ignored);
      problems.forEach(warn);
      await letIgnoredIn(exempt, blocks, marks);
    });
    void care('blocks whose events were lost', findLostBlocks);
    void care('the block lists', () => lists.look());
    void care('the blocked files', followHands);
    void care('probes that were not told of', tellUntold);
  }, CARE_MS);
  return {
    /** May be called twice. */
    stop() {
      if (isStopped) return;
      isStopped = true;
      clearInterval(sweeper);
      clearInterval(caretaker);
      void care('probes that were not told of', tellUntold);
    },
  };
}
