/** Keys that several have contributed, without counting any twice. */
export type Tally = {
  readonly keys: ReadonlySet<number>;
  /** Those that remain without whoever of them has contributed the most by himself. */
  readonly withoutBusiest: number;
};

/** `shares`: the keys of each. */
export function tallyOf(shares: readonly (readonly number[])[]): Tally {
  /** By key: who has contributed it, or SEVERAL. */
  const owners = new Map<number, number>();
  for (const [index, keys] of shares.entries()) {
    for (const key of keys) owners.set(key, owners.has(key) && owners.get(key) !== index ? SEVERAL : index);
  }
  const own = new Int32Array(shares.length);
  for (const owner of owners.values()) if (owner !== SEVERAL) own[owner]!++;
  const most = own.reduce((a, b) => Math.max(a, b), 0);
  return { keys: new Set(owners.keys()), withoutBusiest: owners.size - most };
}

const SEVERAL = -1;
