import type { BpfMap } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import type { Prefix } from '../values/prefix.ts';
import type { BlockFront } from './block-front.ts';
import type { KernelBlock, NewBlock } from './data-plane.ts';
import { decodeBlock, decodePrefix, encodePrefix } from './decode.ts';
import { HotCounts } from './hot-counts.ts';
import { origins } from './names.ts';
import { makeStruct, readField, viewOf, writeField } from './struct.ts';
import { blockLayout, prefixLayout } from './wire.generated.ts';

/** Entries a batch of the walk over all blocks; 0.3 MB. */
const WALK_BATCH = 4096;

/** xs_blocks, and xs_hot that holds back a part of its counts. */
export type BlockTable = { readonly blocks: BpfMap; readonly hot: BpfMap };

/** The kernel's block table, and with it the filter in front. */
export class BlockMap {
  readonly #table: BlockTable;
  readonly #front: BlockFront;
  readonly #hot: HotCounts;

  constructor(table: BlockTable, front: BlockFront) {
    this.#table = table;
    this.#front = front;
    this.#hot = new HotCounts(table.hot);
  }

  /** What another sentry takes over from, should this one be killed. */
  get table(): BlockTable {
    return this.#table;
  }

  get #map(): BpfMap {
    return this.#table.blocks;
  }

  /** Adds the block, or renews one in force: then its counts go on. The next packet of the source meets it. */
  put({ prefix, origin, expiresNs }: NewBlock, nowNs: number): void {
    const key = encodePrefix(prefix);
    const old = this.#map.get(key);
    const value = old && isInForce(old, nowNs) ? old : freshBlock(nowNs);
    const view = viewOf(value);
    writeField(view, 0, blockLayout.expiresNs, expiresNs ?? 0);
    writeField(view, 0, blockLayout.origin, origins.find(({ name }) => name === origin)!.number);
    if (!old) this.#front.admit(prefix);
    try {
      this.#map.set(key, value);
    } catch (error) {
      if (!old) this.#front.release(prefix);
      throw new SentryError('XS_ERR_TABLE_FULL', `${this.capacity} entries`, { cause: error });
    }
    if (old) this.#front.touch();
  }

  /**
   * Takes over the blocks of another table that are in force and were added at `sinceNs` or later, with their counts. What stands
   * here and lasts as long stays. Their rules are another policy's, so they have none here.
   */
  takeOver(
    other: BlockTable,
    sinceNs: number,
    nowNs: number,
  ): { readonly taken: number; readonly refused: number } {
    const hot = new HotCounts(other.hot);
    let [taken, refused] = [0, 0];
    for (const [key, value] of entriesOf(other.blocks)) {
      const view = viewOf(value);
      const addedNs = readField(view, 0, blockLayout.addedNs);
      if (addedNs < sinceNs || !isInForce(value, nowNs)) continue;
      const old = this.#map.get(key);
      if (old && lasts(old) >= lasts(value)) continue;
      const prefix = decodePrefix(key);
      const { packets, bytes } = hot.addTo(decodeBlock(prefix, value));
      writeField(view, 0, blockLayout.packets, packets);
      writeField(view, 0, blockLayout.bytes, bytes);
      writeField(view, 0, blockLayout.rule, 0);
      if (!old) this.#front.admit(prefix);
      try {
        this.#map.set(key, value);
        taken++;
      } catch {
        if (!old) this.#front.release(prefix);
        refused++;
      }
    }
    return { taken, refused };
  }

  /** False when there was no such block. */
  remove(prefix: Prefix): boolean {
    const wasThere = this.#map.delete(encodePrefix(prefix));
    if (wasThere) this.#front.release(prefix);
    return wasThere;
  }

  get(prefix: Prefix): KernelBlock | undefined {
    const value = this.#map.get(encodePrefix(prefix));
    return value && this.#hot.addTo(decodeBlock(prefix, value));
  }

  *[Symbol.iterator](): IterableIterator<KernelBlock> {
    for (const [key, value] of entriesOf(this.#map)) {
      yield this.#hot.addTo(decodeBlock(decodePrefix(key), value));
    }
  }

  /** Every prefix in the table, in no order. */
  *prefixes(): IterableIterator<Prefix> {
    for (const { prefix } of this) yield prefix;
  }

  get capacity(): number {
    return this.#map.info.maxEntries;
  }
}

/** Keys and values; each is overwritten some time after the next was asked for. */
function* entriesOf(map: BpfMap): IterableIterator<[Uint8Array, Uint8Array]> {
  const keys = new Uint8Array(WALK_BATCH * prefixLayout.size);
  const values = new Uint8Array(WALK_BATCH * blockLayout.size);
  const part = (bytes: Uint8Array, index: number, size: number) =>
    bytes.subarray(index * size, (index + 1) * size);
  let cursor: Uint8Array | undefined;
  do {
    const batch = map.lookupBatch(keys, values, WALK_BATCH, cursor);
    for (let index = 0; index < batch.count; index++) {
      yield [part(keys, index, prefixLayout.size), part(values, index, blockLayout.size)];
    }
    cursor = batch.cursor;
  } while (cursor);
}

const freshBlock = (nowNs: number): Uint8Array =>
  makeStruct(blockLayout.size, (view) => writeField(view, 0, blockLayout.addedNs, nowNs));

function isInForce(value: Uint8Array, nowNs: number): boolean {
  const expiresNs = readField(viewOf(value), 0, blockLayout.expiresNs);
  return expiresNs === 0 || expiresNs > nowNs;
}

/** Until when, in boot time. */
function lasts(value: Uint8Array): number {
  return readField(viewOf(value), 0, blockLayout.expiresNs) || Number.POSITIVE_INFINITY;
}
