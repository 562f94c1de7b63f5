import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ALWAYS, needsOf, runsCommands, type Surroundings } from './config/needs.ts';
import type { Policy } from './config/policy.ts';
import { SentryError } from './errors.ts';
import { ownPrivileges, type Privileges } from './host/privileges.ts';
import { ownUser } from './host/reach.ts';
import { execve, limitCapabilities, setNoNewPrivileges } from './kernel/privileges.ts';
import { type Capability, type CapabilitySet, has, nameOf, namesIn, setOf } from './values/capabilities.ts';

/** In the environment of a process that has given up what it could: what it has still, it cannot give up. */
const MARK = 'XDPSENTRY_LIMITED';

/** Where sshd leaves the address of who is logged in. */
const LOGIN = 'SSH_CLIENT';

/** Whoever was root without them: Linux takes the one for the others. */
const INSTEAD = { bpf: 'sys_admin', perfmon: 'sys_admin' } as const satisfies Partial<
  Record<Capability, Capability>
>;

/** What to do about the privileges of a process, by what it has and what it needs. */
export type Plan = {
  readonly keep: CapabilitySet;
  /** Nothing that is executed shall have more: setuid programs neither. Commands may be meant to be such. */
  readonly isFinal: boolean;
  /** Something is to be given up. */
  readonly isLess: boolean;
};

/** Throws XS_ERR_PERMISSION, which names what is missing, when no sentry could work with that. */
export function requireEnough({ effective }: Privileges): void {
  const missing = ALWAYS.filter((name) => !has(effective, name) && !has(effective, insteadOf(name)));
  if (missing.length === 0) return;
  const verb = missing.length === 1 ? 'is' : 'are';
  throw new SentryError('XS_ERR_PERMISSION', `${missing.map(nameOf).join(' and ')} ${verb} missing`);
}

/** What a sentry with this policy may keep of what it has. */
export function planFor(policy: Policy, have: Privileges, around: Surroundings): Plan {
  const needed = needsOf(policy, around).map(({ capability }) => capability);
  const replaced = needed.filter((name) => !has(have.permitted, name)).map(insteadOf);
  const own = setOf([...needed, ...replaced]);
  const isFinal = !runsCommands(policy) && policy.capabilities !== 'all';
  const keep = (own | keptFor(policy)) & have.permitted;
  return { keep, isFinal, isLess: keep !== have.permitted || (isFinal && !have.isFinal) };
}

const EVERYTHING = ~0n;

function keptFor(policy: Policy): CapabilitySet {
  const { capabilities } = policy;
  if (capabilities === 'all') return EVERYTHING;
  if (capabilities === 'auto') return runsCommands(policy) ? EVERYTHING : 0n;
  return setOf(capabilities);
}

const insteadOf = (name: Capability): Capability =>
  (INSTEAD as Partial<Record<Capability, Capability>>)[name] ?? name;

/**
 * Gives up, in the main thread, the privileges that a sentry with this policy does not need. Answers whether there were any. What that thread
 * starts has no more either; the other threads of this process do: see keepWhatIsNeeded().
 */
export function limitMainThread(policy: Policy, login: string | undefined): boolean {
  const { keep, isFinal, isLess } = planFor(policy, ownPrivileges(), ownSurroundings());
  if (!isLess || process.env[MARK] !== undefined) return false;
  if (isFinal) setNoNewPrivileges();
  limitCapabilities(keep);
  process.env[MARK] = '1';
  if (login !== undefined) process.env[LOGIN] ??= login; // sudo takes it away, and with less we may not look at who has it
  return true;
}

/**
 * Leaves this process the privileges that a sentry with this policy needs, in all its threads: where it has more, it executes itself
 * again, with the same number. So it is called before anything is begun. `login` is the address from which the starter is logged in by SSH.
 * Answers the names of what should have been given up and could not be, for want of CAP_SETPCAP. Throws XS_ERR_PERMISSION when there is too little.
 */
export function keepWhatIsNeeded(policy: Policy, login: string | undefined): string[] {
  requireEnough(ownPrivileges());
  if (limitMainThread(policy, login)) executeAgain();
  delete process.env[MARK]; // nobody else's business
  const have = ownPrivileges();
  return namesIn(have.permitted & ~planFor(policy, have, ownSurroundings()).keep);
}

function executeAgain(): never {
  const { execPath, execArgv, argv, env } = process;
  const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], environment);
}

/** Capabilities that a sentry with this policy would keep, were it started with all: those that this process has not. */
export function missingFor(policy: Policy): string[] {
  const needed = setOf(needsOf(policy, ownSurroundings()).map(({ capability }) => capability));
  const named = Array.isArray(policy.capabilities) ? setOf(policy.capabilities) : 0n;
  return namesIn((needed | named) & ~ownPrivileges().permitted);
}

/** Linux's own default (Documentation/networking/ip-sysctl.rst). */
const FIRST_FREE_PORT = 1024;

function ownSurroundings(): Surroundings {
  const program = [process.execPath, process.argv[1], fileURLToPath(import.meta.url)];
  return {
    user: ownUser(),
    program: program.filter((path) => path !== undefined),
    firstFreePort: firstFreePort(),
  };
}

function firstFreePort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'latin1'));
  } catch {
    return FIRST_FREE_PORT;
  }
}
