import { describePolicy, policyToJson } from '../config/describe.ts';
import type { Policy } from '../config/policy.ts';
import { SentryError } from '../errors.ts';
import type { Connections } from '../exempt/connections.ts';
import type { Exempt } from '../exempt/exempt.ts';
import { letAnsweredIn, letIgnoredIn } from '../exempt/let-in.ts';
import { type WatchedInterfaces, watchedInterfaces } from '../interfaces/watched.ts';
import type { Journal } from '../journal/journal.ts';
import type { DataPlane } from '../kernel/data-plane.ts';
import type { Listening, RefusedPort } from '../listen/listen.ts';
import type { ListKeeper } from '../lists/keeper.ts';
import type { Remembrance } from '../memory/remembrance.ts';
import type { Metrics } from '../report/metrics.ts';
import type { Research } from '../research/research.ts';
import type { Blocks } from '../respond/blocks.ts';
import type { Marks } from '../respond/marks.ts';
import type { Offences } from '../respond/offences.ts';
import type { Responses } from '../respond/responses/responses.ts';
import type { Sentry } from '../sentry.ts';
import type { Served } from '../served/served.ts';
import { guardsConnected, listPolicy, programOptions } from '../watching.ts';
import { fixedChanges } from './fixed-settings.ts';

/** What holds now. All that asks for it gets another one after a reload. */
export type Live = { policy: Policy; interfaces: WatchedInterfaces };

export type ReloadParts = {
  readonly live: Live;
  readonly journal: Journal;
  readonly dataPlane: DataPlane;
  readonly connections: Connections;
  readonly exempt: Exempt;
  readonly blocks: Blocks;
  readonly marks: Marks;
  readonly sentry: Sentry;
  readonly research: Pick<Research, 'renew'>;
  readonly responses: Responses;
  readonly offences: Offences;
  readonly remembrance: Pick<Remembrance, 'recallAgain'>;
  readonly lists: ListKeeper;
  readonly listening: Listening;
  readonly metrics: Metrics;
  readonly lookAtInterfaces: () => void;
  readonly served: Pick<Served, 'lookNow'>;
  readonly warn: (text: string) => void;
};

/**
 * Goes by another policy from now on: all of it or, when something stands against that, nothing. Each packet meets the old program or
 * the new one; blocks, sources and counts go on. Answers what the policy says otherwise, a sentence each. Rejects with a SentryError.
 */
export async function reload(parts: ReloadParts, wanted: Policy): Promise<string[]> {
  const { live, dataPlane, connections, lists, listening } = parts;
  const old = live.policy;
  const next = withKnownRules(wanted, old);
  refuseFixed(old, next);
  lists.check(listPolicy(next));
  const interfaces = watchedInterfaces(next, live.interfaces.named);
  if (guardsConnected(next)) await connections.look();
  await parts.served.lookNow();
  const places = await listening.prepare(next.listen);
  const newcomers: string[] = [];
  try {
    const isAway = (name: string) => live.interfaces.named.includes(name); // its follower waits for it
    newcomers.push(...interfaces.first.filter((name) => !dataPlane.isAttached(name) && !isAway(name)));
    for (const name of newcomers) dataPlane.watch(name);
    dataPlane.renew(programOptions(next)); // the last that may fail
  } catch (error) {
    places.abandon();
    for (const name of newcomers) dataPlane.unwatch(name);
    throw error;
  }
  live.policy = next;
  live.interfaces = interfaces;
  places.commit();
  goBy(next, parts);
  if (old.mode === 'observe' && next.mode === 'enforce') parts.remembrance.recallAgain();
  warnOfRefused(places.refused, parts.warn);
  const ended = await letIn(old, next, parts).catch((error: Error) => {
    parts.warn(error.message); // it goes by the other one already
    return [];
  });
  return [...changesBetween(old, next), ...ended];
}

/** All in one turn of the event loop: no event is handled by half of a policy. */
function goBy(policy: Policy, parts: ReloadParts): void {
  const { journal, dataPlane, exempt, connections, sentry, metrics, responses, offences, lists } = parts;
  journal.renew(policy);
  const problems = exempt.renew(policy);
  dataPlane.setIgnored(exempt.ignored);
  dataPlane.setConnected(guardsConnected(policy) ? connections.sources : new Map());
  parts.research.renew(policy); // before the rules count anew what is remembered of sources
  sentry.renew(policy);
  metrics.expectRules(policy.rules);
  responses.renew(policy.responses);
  offences.renew(policy.escalation);
  lists.renew(listPolicy(policy));
  parts.lookAtInterfaces();
  problems.forEach(parts.warn);
}

/** Answers what to say of that. */
async function letIn(old: Policy, next: Policy, { exempt, blocks, marks }: ReloadParts): Promise<string[]> {
  if (next.mode === 'observe' && old.mode === 'enforce') {
    const count = await letAnsweredIn(blocks, marks);
    return [`Blocks of rules that have ended with that, until the sentry enforces again: ${count}.`];
  }
  await letIgnoredIn(exempt, blocks, marks);
  return [];
}

function refuseFixed(old: Policy, next: Policy): void {
  const changes = fixedChanges(old, next);
  if (changes.length > 0) throw new SentryError('XS_ERR_RELOAD', `${next.origin}: ${changes.join(', ')}`);
}

/** Rules that say the same are the same: what they have counted goes on. */
const withKnownRules = (next: Policy, old: Policy): Policy =>
  JSON.stringify(policyToJson(next).rules) === JSON.stringify(policyToJson(old).rules)
    ? { ...next, rules: old.rules }
    : next;

function warnOfRefused(refused: readonly RefusedPort[], warn: (text: string) => void): void {
  for (const { protocol, port, reason } of refused) warn(`cannot listen at ${port}/${protocol}: ${reason}`);
}

function changesBetween(old: Policy, next: Policy): string[] {
  const before = new Set(describePolicy(old));
  return describePolicy(next).filter((line) => !before.has(line));
}
