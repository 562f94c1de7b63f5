import type { BpfMap } from 'bpf-loader-native';
import { readField, viewOf } from './struct.ts';
import { blockLayout, prefixLayout } from './wire.generated.ts';

/** Entries a batch of the walk over all blocks; 0.3 MB. */
const WALK_BATCH = 4096;

/** xs_blocks, and xs_hot that holds back a part of its counts. */
export type BlockTable = { readonly blocks: BpfMap; readonly hot: BpfMap };

export type Batch = { readonly keys: Uint8Array; readonly values: Uint8Array; readonly count: number };

/** Keys and values, packed. The next batch overwrites them. */
export function* batchesOf(map: BpfMap): IterableIterator<Batch> {
  const keys = new Uint8Array(WALK_BATCH * prefixLayout.size);
  const values = new Uint8Array(WALK_BATCH * blockLayout.size);
  let cursor: Uint8Array | undefined;
  do {
    const batch = map.lookupBatch(keys, values, WALK_BATCH, cursor);
    yield { keys, values, count: batch.count };
    cursor = batch.cursor;
  } while (cursor);
}

export const keyAt = (keys: Uint8Array, index: number): Uint8Array =>
  keys.subarray(index * prefixLayout.size, (index + 1) * prefixLayout.size);
export const valueAt = (values: Uint8Array, index: number): Uint8Array =>
  values.subarray(index * blockLayout.size, (index + 1) * blockLayout.size);

export function isInForce(value: Uint8Array, nowNs: number): boolean {
  const expiresNs = readField(viewOf(value), 0, blockLayout.expiresNs);
  return expiresNs === 0 || expiresNs > nowNs;
}
