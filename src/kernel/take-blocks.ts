import type { BpfError, BpfMap } from 'bpf-loader-native';
import type { Prefix } from '../values/prefix.ts';
import { type Batch, type BlockTable, batchesOf, isInForce, keyAt, valueAt } from './block-batches.ts';
import type { BlockFront } from './block-front.ts';
import type { KernelBlock } from './data-plane.ts';
import { decodeBlock, decodePrefix } from './decode.ts';
import { HotCounts } from './hot-counts.ts';
import { readField, viewOf, writeField } from './struct.ts';
import { blockLayout } from './wire.generated.ts';

export type TakenBlocks = { readonly taken: number; readonly refused: number };

export type TakeRequest = {
  readonly from: BlockTable;
  readonly isWanted: (block: KernelBlock) => boolean;
  readonly sinceNs: number;
  readonly nowNs: number;
};

/**
 * Copies the blocks of another table that are wanted, in force and were added at `sinceNs` or later, with their counts. What stands here
 * and lasts longer stays. Their rules are another policy's, so they have none here.
 */
export function takeBlocks(
  { from, isWanted, sinceNs, nowNs }: TakeRequest,
  to: BpfMap,
  front: Pick<BlockFront, 'admit' | 'release'>,
): TakenBlocks {
  const hot = new HotCounts(from.hot);
  const isEmpty = to.nextKey() === undefined;
  let [taken, refused] = [0, 0];
  for (const batch of batchesOf(from.blocks)) {
    /** Of those that are taken, which are moved to the start of the batch: the prefix where there was none. */
    const added: (Prefix | undefined)[] = [];
    for (let index = 0; index < batch.count; index++) {
      const [key, value] = [keyAt(batch.keys, index), valueAt(batch.values, index)];
      const view = viewOf(value);
      if (readField(view, 0, blockLayout.addedNs) < sinceNs || !isInForce(value, nowNs)) continue;
      const old = isEmpty ? undefined : to.get(key);
      if (old && endOf(old) > endOf(value)) continue;
      const prefix = decodePrefix(key);
      const block = decodeBlock(prefix, value, 0);
      if (!isWanted(block)) continue;
      const { packets, bytes } = hot.countsOf(block);
      writeField(view, 0, blockLayout.packets, packets);
      writeField(view, 0, blockLayout.bytes, bytes);
      writeField(view, 0, blockLayout.rule, 0);
      if (!old) front.admit(prefix);
      keyAt(batch.keys, added.length).set(key);
      valueAt(batch.values, added.length).set(value);
      added.push(old ? undefined : prefix);
    }
    const written = write(to, batch, added, front);
    taken += written;
    refused += added.length - written;
  }
  return { taken, refused };
}

/** Answers how many of them found room. */
function write(
  to: BpfMap,
  { keys, values }: Batch,
  added: readonly (Prefix | undefined)[],
  front: Pick<BlockFront, 'release'>,
): number {
  if (added.length === 0) return 0;
  try {
    return to.updateBatch(keys, values, added.length);
  } catch (error) {
    let { written = 0 } = error as BpfError;
    for (let index = written; index < added.length; index++) {
      try {
        to.set(keyAt(keys, index), valueAt(values, index));
        written++;
      } catch {
        const prefix = added[index];
        if (prefix) front.release(prefix);
      }
    }
    return written;
  }
}

/** Until when, in boot time. */
const endOf = (value: Uint8Array): number =>
  readField(viewOf(value), 0, blockLayout.expiresNs) || Number.POSITIVE_INFINITY;
