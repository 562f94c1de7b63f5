import type { ListDrops } from '../kernel/data-plane.ts';
import type { List, ListOrigin, LoadResultName } from './list.ts';
import type { LoadPlace } from './load.ts';
import type { ListFacts } from './reading.ts';

/** A list as it stands, for whoever tells of it. */
export type ListStatus = {
  readonly name: string;
  readonly origin: ListOrigin;
  /** A path, or a URL without what is secret in it. */
  readonly source: string;
  /** `observed`: it is read and told of, and keeps nobody out. `let_go`: by hand, until the next start. */
  readonly state: 'enforced' | 'observed' | 'let_go';
  /** Undefined: it was not loaded yet. */
  readonly facts: ListFacts | undefined;
  readonly from: LoadPlace['kind'] | undefined;
  /** Wall clock. */
  readonly loadedMs: number | undefined;
  readonly checkedMs: number | undefined;
  /** Boot time in nanoseconds; undefined: when its file changes. */
  readonly dueNs: number | undefined;
  /** The same; undefined: until it is let go. */
  readonly expiresNs: number | undefined;
  readonly error: string | undefined;
  readonly loads: Readonly<Record<LoadResultName, number>>;
  readonly drops: ListDrops;
};

export function statusOf(list: List, drops: readonly ListDrops[]): ListStatus {
  const { spec, origin, source, slot, facts, from, loadedMs, checkedMs, dueNs, expiresNs, error, loads } =
    list;
  return {
    name: spec.name,
    origin,
    source,
    state: slot !== undefined ? 'enforced' : list.isGone ? 'let_go' : 'observed',
    facts,
    from,
    loadedMs,
    checkedMs,
    dueNs,
    expiresNs,
    error,
    loads: { ...loads },
    drops: (slot === undefined ? undefined : drops[slot]) ?? { packets: 0, bytes: 0 },
  };
}
