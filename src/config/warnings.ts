import { existsSync } from 'node:fs';
import { isPossible } from '../kernel/names.ts';
import { nameOf } from '../values/capabilities.ts';
import { followIgnoreFiles } from './ignore-files.ts';
import { ALWAYS, needsOf, runsCommands } from './needs.ts';
import { isInstant, type Policy, type PolicyRule } from './policy.ts';
import { slipsIn } from './slips.ts';
import { doubtAboutProgram } from './trust.ts';

/** What a policy may not do as somebody had in mind, a sentence each; it works all the same. Looks at the files that it names. */
export function warningsAbout(policy: Policy): string[] {
  const ignored = followIgnoreFiles(policy.ignoreFiles)()?.problems ?? [];
  return [
    ...ignored,
    ...slipsIn(policy),
    ...programWarnings(policy),
    ...capabilityWarnings(policy),
    ...forgedWarnings(policy),
  ];
}

function programWarnings({ responses: { route, command } }: Policy): string[] {
  const lines = [route?.run, route?.undo, command?.run, command?.undo];
  const programs = new Set(lines.flatMap((line) => programOf(line ?? '') ?? []));
  return [...programs].flatMap((program) => {
    if (!existsSync(program)) return [`there is no ${program}, which a response runs`];
    const doubt = doubtAboutProgram(program);
    return doubt === undefined ? [] : [`of ${program}, which a response runs: ${doubt}`];
  });
}

/** What a sentry that root starts keeps because files are somebody else's. */
function capabilityWarnings(policy: Policy): string[] {
  if (policy.capabilities === 'all' || (policy.capabilities === 'auto' && runsCommands(policy))) return [];
  const needs = needsOf(policy, { user: { uid: 0, gids: [0] }, program: [], firstFreePort: 0 });
  return needs
    .filter(({ capability }) => !(ALWAYS as readonly string[]).includes(capability))
    .map(
      ({ capability, why }) =>
        `${nameOf(capability)} is kept for ${why}: owner and mode do not let root do it`,
    );
}

/** What a line for the shell begins with, when it is a plain path; of anything else the shell knows more. */
const programOf = (line: string): string | undefined => /^\s*(\/[\w./+-]+)(?=\s|$)/.exec(line)?.[1];

/** Of a portsentry.conf, whose usual answer to one packet has no end. */
function forgedWarnings({ rules, portsentry }: Policy): string[] {
  const isForgeable = rules.some(
    (rule) => isInstant(rule) && rule.blockMs === undefined && answersForged(rule),
  );
  return portsentry && isForgeable
    ? [
        'one packet, whose source anybody can forge, is answered for ever; BLOCK_TIME="1h" gives the answer an end, and SCAN_TRIGGER asks for more packets',
      ]
    : [];
}

/** A connection that was made has a true source; any other packet may have any. */
const answersForged = ({ action, kinds, protocol }: PolicyRule): boolean =>
  (['tcp', 'udp'] as const)
    .filter((it) => (protocol ?? it) === it && ['block', 'command'].includes(action[it]))
    .some((it) => [...kinds].some((kind) => (kind === 'connect' ? it === 'udp' : isPossible(it, kind))));
