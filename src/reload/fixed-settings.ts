import { isDeepStrictEqual } from 'node:util';
import { runsCommands } from '../config/needs.ts';
import type { Policy } from '../config/policy.ts';

/** What a running sentry cannot do otherwise, by the names that the configuration has for it. */
const fixed: Readonly<Record<string, (policy: Policy) => unknown>> = {
  attach: ({ attach }) => attach,
  capabilities: ({ capabilities }) => capabilities,
  ipv6_source_prefix: ({ sourceBits6 }) => sourceBits6,
  portsentry: ({ portsentry }) => portsentry,
  memory: ({ memory }) => memory,
  tables: ({ tables }) => tables,
  'metrics.listen': ({ metrics }) => metrics,
  socket: ({ socket }) => socket,
};

/** The settings of those that are others in the next policy. */
export const fixedChanges = (current: Policy, next: Policy): string[] => [
  ...Object.entries(fixed).flatMap(([name, of]) => (isDeepStrictEqual(of(current), of(next)) ? [] : name)),
  ...(asksForMore(current, next)
    ? ['responses (the first command: what it may need was given up at the start)']
    : []),
];

/** Capabilities that were given up do not come back. */
const asksForMore = (current: Policy, next: Policy): boolean =>
  next.capabilities === 'auto' && runsCommands(next) && !runsCommands(current);
