import type { DeviationId } from '../../../src/config/portsentry/deviations.ts';
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

/**
 * What each deviation (src/config/portsentry/deviations.ts has the reasons) makes of the record of PortSentry 1.2, in this order;
 * `undefined`: the cases say it.
 */
const rewrites = {
  'starting-line': startingLine,
  'one-process': oneProcess,
  'null-one-blank': inLog(/^attackalert: {2}TCP NULL/, 'attackalert: TCP NULL'),
  'tiny-fragments': tinyFragments,
  'no-line-for-dropped': blockedIsDropped,
  'block-is-told': blockIsTold,
  'hosts-deny-once': denyOnce,
  'unused-right-now': inLog(
    / will not be monitored\. Attempting/,
    ' will not be monitored while it is. Attempting',
  ),
  'unicast-only': undefined,
  'absent-options': undefined,
  'failures-told': undefined,
  'right-port': undefined,
  'bound-kept': undefined,
  'blocked-file-kept': undefined,
} as const satisfies Partial<Record<DeviationId, Rewrite | undefined>>;

/** Those that the comparison must need, each in one case at least. */
export const compared = Object.keys(rewrites) as (keyof typeof rewrites)[];

/** What is expected of ours, and which deviations that took. */
export function expectedOf(...[recorded, one]: Parameters<Rewrite>): {
  readonly expected: ReturnType<Rewrite>;
  readonly used: readonly DeviationId[];
} {
  const used: DeviationId[] = [];
  let expected = recorded;
  for (const id of compared) {
    const rewrite: Rewrite | undefined = rewrites[id];
    const rewritten = differencesOf(id)(rewrite ? rewrite(expected, one) : expected, one);
    if (JSON.stringify(rewritten) !== JSON.stringify(expected)) used.push(id);
    expected = rewritten;
  }
  return { expected, used };
}
