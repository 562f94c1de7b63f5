import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { canRead, canReplace, isOwn, type User } from '../host/reach.ts';
import type { Capability } from '../values/capabilities.ts';
import type { PortSet } from '../values/ports.ts';
import type { Policy } from './policy.ts';

/** A capability that the sentry works with, and what for. */
export type Need = { readonly capability: Capability; readonly why: string };

/** Without these no sentry works: it loads the program (the verifier asks for the last one) and attaches it. */
export const ALWAYS = ['bpf', 'net_admin', 'perfmon'] as const satisfies readonly Capability[];

/** What a sentry with this policy asks of the machine. */
export type Surroundings = {
  readonly user: User;
  /** Files of the program itself: it is executed again, and starts threads. */
  readonly program: readonly string[];
  /** The first port that anybody may listen at. */
  readonly firstFreePort: number;
};

/** True when the policy makes the sentry run what somebody else has written. */
export const runsCommands = ({ responses }: Pick<Policy, 'responses'>): boolean =>
  responses.route !== undefined || responses.command !== undefined;

/** True when whoever writes the policy gets more done by it than blocks: commands, or lines in a file of his choice. */
export const reachesOut = ({ responses }: Pick<Policy, 'responses'>): boolean =>
  runsCommands({ responses }) || responses.hostsDeny !== undefined;

/**
 * Capabilities that the sentry itself needs with this policy. What commands need it cannot know. Looks at the files that the policy names: where
 * modes and owners keep the user from them, it takes another capability, which root is used to have.
 */
export function needsOf(policy: Policy, around: Surroundings): Need[] {
  return [
    ...ALWAYS.map((capability) => ({ capability, why: 'the XDP program' })),
    ...portNeeds(policy, around.firstFreePort),
    ...readNeeds([...around.program, ...readBy(policy)], around.user),
    ...writeNeeds(writtenBy(policy), around.user),
    ...ownerNeeds(rewrittenBy(policy), around.user),
  ];
}

function portNeeds({ listen, metrics }: Policy, firstFree: number): Need[] {
  const isReserved = (ports: PortSet) => [...ports].some((port) => port < firstFree);
  const isAsked =
    isReserved(listen.tcp) || isReserved(listen.udp) || (metrics.enabled && metrics.port < firstFree);
  return isAsked ? [{ capability: 'net_bind_service', why: `ports below ${firstFree}` }] : [];
}

function readNeeds(paths: readonly string[], user: User): Need[] {
  const path = paths.find((candidate) => isMissed(() => canRead(candidate, user)));
  return path === undefined ? [] : [{ capability: 'dac_read_search', why: `reading ${path}` }];
}

function writeNeeds(paths: readonly string[], user: User): Need[] {
  const path = paths.find((candidate) => isMissed(() => canReplace(candidate, user)));
  return path === undefined ? [] : [{ capability: 'dac_override', why: `writing ${path}` }];
}

/** What is put in the place of a file gets its owner. */
function ownerNeeds(paths: readonly string[], user: User): Need[] {
  const path = paths.find((candidate) => isMissed(() => isOwn(candidate, user)));
  if (path === undefined) return [];
  return (['chown', 'fowner'] as const).map((capability) => ({ capability, why: `the owner of ${path}` }));
}

/** What cannot be looked at now will not be reached by any capability either. */
function isMissed(check: () => boolean): boolean {
  try {
    return !check();
  } catch {
    return false;
  }
}

const readBy = ({ origin, ignoreFiles, lists }: Policy): string[] => [
  ...(existsSync(origin) ? [resolve(origin)] : []), // there is no file of the built-in policy
  ...ignoreFiles,
  ...lists.flatMap(({ source }) => (source.kind === 'file' ? [source.path] : [])),
];

function writtenBy(policy: Policy): string[] {
  const { log, portsentry, memory, lists, listCache, socket } = policy;
  const isCached = lists.some(({ source }) => source.kind === 'url');
  return [
    socket,
    ...log.to.filter((place) => place.startsWith('/')),
    ...(portsentry?.history === undefined ? [] : [portsentry.history]),
    ...(memory ? [memory.path] : []),
    ...(isCached && listCache !== undefined ? [`${listCache}/copy`] : []),
    ...rewrittenBy(policy),
  ];
}

function rewrittenBy({ responses: { hostsDeny }, portsentry }: Policy): string[] {
  const { blocked, style, modes } = portsentry ?? {};
  const suffixes =
    style === '2' ? [''] : [modes?.tcp, modes?.udp].flatMap((mode) => (mode ? [`.${mode}`] : []));
  return [
    ...(hostsDeny ? [hostsDeny.file] : []),
    ...(blocked === undefined ? [] : suffixes.map((suffix) => `${blocked}${suffix}`)),
  ];
}
