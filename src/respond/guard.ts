import { contains, formatPrefix, type Prefix } from '../values/prefix.ts';
import { PrefixSet } from '../values/prefix-set.ts';

/** Says why a prefix must not be blocked, or undefined when it may be. */
export type Guard = (prefix: Prefix) => string | undefined;

export type GuardedAddress = { readonly prefix: Prefix; readonly reason: string };

/** Networks wider than this are a slip of the finger: an eighth of an Internet registry's block, and more. */
export const WIDEST = { 4: 8, 6: 16 } as const;

/**
 * The one place that every way into the block table asks. `guarded` and `ignored` answer what holds at that moment; the ignore
 * list may be long, and is another array whenever it has changed. What is wider than a guarded address may be blocked: the data
 * plane spares the guarded ones inside.
 */
export function makeGuard(guarded: () => readonly GuardedAddress[], ignored: () => readonly Prefix[]): Guard {
  return (prefix) => {
    if (prefix.length < WIDEST[prefix.family]) {
      return `/${prefix.length} is too wide: the widest block is /${WIDEST[prefix.family]}`;
    }
    const own = guarded().find((entry) => contains(entry.prefix, prefix));
    if (own) return `it is ${own.reason}`;
    const listed = PrefixSet.of(ignored()).find(prefix);
    return listed && `${formatPrefix(listed)} is on the ignore list`;
  };
}
