import { contains, formatPrefix, type Prefix } from '../values/prefix.ts';
import { PrefixSet } from '../values/prefix-set.ts';

/** What there is to say for a block, besides whom it would cut off. */
export type Case = {
  /** The operator has said that it may be wider than WIDEST. */
  readonly isForced?: boolean | undefined;
  /** All that speaks for it are packets that anybody may have sent in the source's name. */
  readonly isSpoofable?: boolean | undefined;
};

/** Says why a prefix must not be blocked, or undefined when it may be. */
export type Guard = (prefix: Prefix, given?: Case) => string | undefined;

export type GuardedAddress = { readonly prefix: Prefix; readonly reason: string };

/** What binds a source to this host: it holds a TCP connection, or it has come again and again with short ones. */
export type Bond = 'connection' | 'regular';

const BONDS: Readonly<Record<Bond, string>> = {
  connection: 'it holds a TCP connection to this host',
  regular: 'it has come again and again with TCP connections to this host',
};

/** Networks wider than this are a slip of the finger: an eighth of an Internet registry's block, and more. */
export const WIDEST = { 4: 8, 6: 16 } as const;

/**
 * The one place that every way into the block table asks. `guarded` and `ignored` answer what holds at that moment; the ignore
 * list may be long, and is another array whenever it has changed. What is wider than a guarded address may be blocked: the data
 * plane spares the guarded ones inside. `bondOf` and `isDecoy` are asked of a source only where the evidence is spoofable. While `isObserving`, rules
 * block nobody.
 */
export function makeGuard(
  guarded: () => readonly GuardedAddress[],
  ignored: () => readonly Prefix[],
  bondOf: (source: Prefix) => Bond | undefined = () => undefined,
  isObserving: () => boolean = () => false,
  isDecoy: (source: Prefix) => boolean = () => false,
): Guard {
  return (prefix, { isForced = false, isSpoofable = false } = {}) => {
    if (prefix.length < WIDEST[prefix.family] && !isForced) {
      return `/${prefix.length} is too wide: the widest block is /${WIDEST[prefix.family]}, unless you insist with --force`;
    }
    const own = guarded().find((entry) => contains(entry.prefix, prefix));
    if (own) return `it is ${own.reason}`;
    const listed = PrefixSet.of(ignored()).find(prefix);
    if (listed) return `${formatPrefix(listed)} is on the ignore list`;
    if (isSpoofable && isObserving()) return 'the sentry only observes now';
    if (!isSpoofable) return undefined;
    const bond = bondOf(prefix);
    if (bond) return `${BONDS[bond]}, and its probes may be forged`;
    return isDecoy(prefix)
      ? 'its probes come in the names of others, too, and all but one of them are forged (decoys)'
      : undefined;
  };
}
