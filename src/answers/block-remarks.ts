import type { Exempt } from '../exempt/exempt.ts';
import { contains, formatPrefix, fullLength, type Prefix } from '../values/prefix.ts';
import { sourceOf } from '../values/source.ts';

/** Names that a remark gives; whoever wants more looks at the ignore list. */
const MAX_NAMED = 5;

/** What somebody who blocks by hand may not expect: who inside is let in all the same, and that it is narrower than a rule's block. */
export function remarksOnBlock(
  prefix: Prefix,
  { guarded, ignored }: Pick<Exempt, 'guarded' | 'ignored'>,
  sourceBits6: number,
): string[] {
  const own = guarded.map((entry) => entry.prefix).filter((inner) => contains(prefix, inner));
  const ignoredInside = ignored.filter((inner) => contains(prefix, inner));
  const source = sourceOf(prefix, sourceBits6);
  const isNarrow = prefix.length === fullLength(prefix.family) && source.length < prefix.length;
  return [
    ...(own.length > 0 ? [`let in nevertheless, for it is guarded: ${named(own)}`] : []),
    ...(ignoredInside.length > 0
      ? [`let in nevertheless, for it is on the ignore list: ${named(ignoredInside)}`]
      : []),
    ...(isNarrow ? [`only this address; a rule would block ${formatPrefix(source)}`] : []),
  ];
}

function named(prefixes: readonly Prefix[]): string {
  const more = prefixes.length - MAX_NAMED;
  return prefixes.slice(0, MAX_NAMED).map(formatPrefix).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
