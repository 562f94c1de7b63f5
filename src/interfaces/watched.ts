import type { Policy } from '../config/policy.ts';
import { SentryError } from '../errors.ts';
import { defaultInterface, interfaceNames } from '../host/host.ts';
import { requireInterface } from '../kernel/attach.ts';
import { isLeftBehind } from '../kernel/left-behind.ts';
import { chooseInterfaces, hasPatterns } from '../values/interface-choice.ts';

export type WatchedInterfaces = {
  /** Those that are asked for by name. */
  readonly named: readonly string[];
  /** Those that a pattern means, as they are at this moment. */
  readonly matched: () => readonly string[];
  /** Those of both to begin with; of the latter where a sentry before has left its program, or others could not be told that they fail. */
  readonly first: readonly string[];
};

/**
 * The interfaces that the policy means. Those that are `known` may be away at this moment. Throws XS_ERR_NO_DEFAULT_ROUTE, and XS_ERR_NO_INTERFACE when one that is named is not there, or
 * the choice leaves none over. Of a pattern there may be none yet.
 */
export function watchedInterfaces(
  { interfaces }: Pick<Policy, 'interfaces'>,
  known: readonly string[] = [],
): WatchedInterfaces {
  const auto = () => (known.length > 0 ? knownDefault(known) : defaultInterface());
  const { named, matched } = chooseInterfaces(interfaces, interfaceNames(), auto);
  named.filter((name) => !known.includes(name)).forEach(requireInterface);
  if (named.length === 0 && !hasPatterns(interfaces))
    throw new SentryError('XS_ERR_NO_INTERFACE', `${interfaces.join(', ')} leaves none over`);
  return {
    named,
    matched: () =>
      hasPatterns(interfaces)
        ? chooseInterfaces(interfaces, interfaceNames(), () => named[0] ?? '').matched
        : [],
    first: [...named, ...matched.filter(isLeftBehind)],
  };
}

/** The route may be away for a moment. */
function knownDefault(known: readonly string[]): string {
  try {
    return defaultInterface();
  } catch {
    return known[0]!;
  }
}
