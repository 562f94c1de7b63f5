/**
 * Which interfaces are meant: names, patterns with `*` for any letters, and both with `!` before for those that are not; `auto` is the
 * interface of the default route. Nothing but the latter: all others. No pattern means the loopback interface, which has to be named.
 */
export type InterfaceChoice = readonly string[];

export type ChosenInterfaces = {
  /** Those that are asked for by name: they must be there. */
  readonly named: readonly string[];
  /** Those of `names` that a pattern means; others may come, and these go. */
  readonly matched: readonly string[];
};

const LOOPBACK = 'lo';

/** Out of the interfaces that there are. `auto` is asked for the name of that of the default route, where it is needed. */
export function chooseInterfaces(
  choice: InterfaceChoice,
  names: readonly string[],
  auto: () => string,
): ChosenInterfaces {
  const { named, patterns, excludes } = partsOf(choice);
  const resolved = named.map((name) => (name === 'auto' ? auto() : name));
  const isNamed = (name: string) => resolved.includes(name);
  const isMeant = (name: string) => name !== LOOPBACK && patterns.some((pattern) => matches(pattern, name));
  return {
    named: [...new Set(resolved)].filter((name) => !excludes(name)),
    matched: names.filter((name) => isMeant(name) && !isNamed(name) && !excludes(name)),
  };
}

/** True when interfaces that come later may be meant, too. */
export const hasPatterns = (choice: InterfaceChoice): boolean => partsOf(choice).patterns.length > 0;

function partsOf(choice: InterfaceChoice) {
  const negatives = choice.filter(isNegative).map((text) => text.slice(1));
  const wanted = choice.filter((text) => !isNegative(text));
  const positives = wanted.length > 0 ? wanted : ['*'];
  return {
    named: positives.filter((text) => !text.includes('*')),
    patterns: positives.filter((text) => text.includes('*')),
    excludes: (name: string) => negatives.some((pattern) => matches(pattern, name)),
  };
}

const isNegative = (text: string): boolean => text.startsWith('!');

/** `eth*` for `eth0`; all other signs stand for themselves. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
