import {
  blockedIsDropped,
  blockIsTold,
  denyOnce,
  differencesOf,
  inLog,
  oneProcess,
  type Rewrite,
  startingLine,
  tinyFragments,
} from './rewrites.ts';

export type Deviation = {
  /** Why ours does not do as PortSentry 1.2 does; docs/portsentry.md says more. */
  readonly why: string;
  /** From what PortSentry 1.2 did to what is expected of ours. Absent: each case says it by itself. */
  readonly rewrite?: Rewrite;
};

/** All there are, in the order in which they are applied. One that no case needs is an error, too. */
export const deviations = {
  'starting-line': { why: 'it says who is starting', rewrite: startingLine },
  'one-process': { why: 'one process watches both protocols', rewrite: oneProcess },
  'null-one-blank': {
    why: 'the second blank was an oversight',
    rewrite: inLog(/^attackalert: {2}TCP NULL/, 'attackalert: TCP NULL'),
  },
  'tiny-fragments': {
    why: 'XDP sees fragments before they are put together: the flags are not in the first one',
    rewrite: tinyFragments,
  },
  'blocked-is-dropped': {
    why: 'a blocked source reaches nobody: there is nothing more to tell of it',
    rewrite: blockedIsDropped,
  },
  'block-is-told': { why: 'the block in XDP is a response of its own', rewrite: blockIsTold },
  'hosts-deny-once': { why: 'a line that is there already helps nobody a second time', rewrite: denyOnce },
  'busy-armed-again': { why: 'a port is watched as long as no socket has it, whoever came first' },
  'no-broadcasts': { why: 'a packet to everybody is no probe of this host' },
  'right-port': { why: 'after a port that could not be bound, PortSentry 1.2 tells wrong numbers' },
  'listed-limit': { why: 'with nothing to exclude PortSentry 1.2 forgets ADVANCED_PORTS_TCP' },
  'any-trigger': { why: 'SCAN_TRIGGER has no upper limit' },
} as const satisfies Record<string, Deviation>;

export type DeviationId = keyof typeof deviations;

/** What is expected of ours, and which deviations that took. */
export function expectedOf(...[recorded, one]: Parameters<Rewrite>): {
  readonly expected: ReturnType<Rewrite>;
  readonly used: readonly DeviationId[];
} {
  const used: DeviationId[] = [];
  let expected = recorded;
  for (const [id, deviation] of Object.entries<Deviation>(deviations) as [DeviationId, Deviation][]) {
    const rewritten = (deviation.rewrite ?? differencesOf(id))(expected, one);
    if (JSON.stringify(rewritten) !== JSON.stringify(expected)) used.push(id);
    expected = rewritten;
  }
  return { expected, used };
}
