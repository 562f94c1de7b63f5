import type { BpfMap } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import type { Prefix } from '../values/prefix.ts';
import { type BlockTable, batchesOf, isInForce, keyAt, valueAt } from './block-batches.ts';
import type { BlockFront } from './block-front.ts';
import type { KernelBlock, NewBlock } from './data-plane.ts';
import { decodeBlock, decodePrefix, encodePrefix } from './decode.ts';
import { type Counts, HotCounts } from './hot-counts.ts';
import { origins } from './names.ts';
import { makeStruct, viewOf, writeField } from './struct.ts';
import { type TakenBlocks, type TakeRequest, takeBlocks } from './take-blocks.ts';
import { blockLayout } from './wire.generated.ts';

/** The kernel's block table, and with it the filter in front. */
export class BlockMap {
  readonly #table: BlockTable;
  readonly #front: BlockFront;
  readonly #hot: HotCounts;
  #tag: number;

  /** `tag` of the rules there are. */
  constructor(table: BlockTable, front: BlockFront, tag: number) {
    this.#table = table;
    this.#tag = tag;
    this.#front = front;
    this.#hot = new HotCounts(table.hot);
  }

  /** Other rules are at work from now on. */
  setTag(tag: number): void {
    this.#tag = tag;
  }

  get #map(): BpfMap {
    return this.#table.blocks;
  }

  /** Adds the block, or renews one in force: then its counts go on. The next packet of the source meets it. */
  put(block: NewBlock, nowNs: number): void {
    const { prefix, origin, expiresNs } = block;
    const key = encodePrefix(prefix);
    const old = this.#map.get(key);
    const value = old && isInForce(old, nowNs) ? old : freshBlock(nowNs);
    const view = viewOf(value);
    writeField(view, 0, blockLayout.expiresNs, expiresNs ?? 0);
    writeField(view, 0, blockLayout.origin, origins.find(({ name }) => name === origin)!.number);
    if (!old) this.#front.admit(prefix);
    try {
      this.#map.set(key, value, old ? 'any' : 'create');
    } catch (error) {
      if (!old) this.#front.release(prefix);
      if (!old && (error as NodeJS.ErrnoException).code === 'EEXIST') {
        this.put(block, nowNs); // the kernel has blocked the source in between: its counts go on as well
        return;
      }
      throw new SentryError('XS_ERR_TABLE_FULL', `${this.capacity} entries`, { cause: error });
    }
    if (old) this.#front.touch();
  }

  /**
   * Takes over the blocks of another table that are wanted, in force and were added at `sinceNs` or later, with their counts. What
   * stands here and lasts as long stays. Their rules are another policy's, so they have none here.
   */
  takeOver(request: TakeRequest): TakenBlocks {
    return takeBlocks(request, this.#map, this.#front);
  }

  /** False when there was no such block. */
  remove(prefix: Prefix): boolean {
    const wasThere = this.#map.delete(encodePrefix(prefix));
    if (wasThere) this.#front.release(prefix);
    return wasThere;
  }

  get(prefix: Prefix): KernelBlock | undefined {
    const value = this.#map.get(encodePrefix(prefix));
    return value && decodeBlock(prefix, value, this.#tag);
  }

  /** What has come from a block's sources so far. */
  countsOf(block: KernelBlock): Counts {
    return this.#hot.countsOf(block);
  }

  *[Symbol.iterator](): IterableIterator<KernelBlock> {
    for (const { keys, values, count } of batchesOf(this.#map)) {
      for (let index = 0; index < count; index++) {
        yield decodeBlock(decodePrefix(keyAt(keys, index)), valueAt(values, index), this.#tag);
      }
    }
  }

  /** Every prefix in the table, in no order. */
  *prefixes(): IterableIterator<Prefix> {
    for (const { keys, count } of batchesOf(this.#map)) {
      for (let index = 0; index < count; index++) yield decodePrefix(keyAt(keys, index));
    }
  }

  get capacity(): number {
    return this.#map.info.maxEntries;
  }
}

const freshBlock = (nowNs: number): Uint8Array =>
  makeStruct(blockLayout.size, (view) => writeField(view, 0, blockLayout.addedNs, nowNs));
