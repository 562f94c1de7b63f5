import type { BpfMap } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import type { Prefix } from '../values/prefix.ts';
import type { BlockFront } from './block-front.ts';
import type { KernelBlock, NewBlock } from './data-plane.ts';
import { decodeBlock, decodePrefix, encodePrefix } from './decode.ts';
import type { HotCounts } from './hot-counts.ts';
import { origins } from './names.ts';
import { makeStruct, readField, viewOf, writeField } from './struct.ts';
import { blockLayout, prefixLayout } from './wire.generated.ts';

/** Entries a batch of the walk over all blocks; 0.3 MB. */
const WALK_BATCH = 4096;

/** The kernel's block table, and with it the filter in front. */
export class BlockMap {
  readonly #map: BpfMap;
  readonly #front: BlockFront;
  readonly #hot: HotCounts;

  constructor(map: BpfMap, front: BlockFront, hot: HotCounts) {
    this.#map = map;
    this.#front = front;
    this.#hot = hot;
  }

  /** Adds the block, or renews one in force: then its counts go on. The next packet of the source meets it. */
  put({ prefix, origin, expiresNs }: NewBlock, nowNs: number): void {
    const key = encodePrefix(prefix);
    const old = this.#map.get(key);
    const value = old && isInForce(old, nowNs) ? old : freshBlock(nowNs);
    const view = viewOf(value);
    writeField(view, 0, blockLayout.expiresNs, expiresNs ?? 0);
    writeField(view, 0, blockLayout.origin, origins.find(({ name }) => name === origin)!.number);
    if (old) this.#front.touch();
    else this.#front.admit(prefix);
    try {
      this.#map.set(key, value);
    } catch (error) {
      if (!old) this.#front.release(prefix);
      throw new SentryError('XS_ERR_TABLE_FULL', `${this.capacity} entries`, { cause: error });
    }
  }

  /**
   * Takes over the blocks of another table that are in force and were added at `sinceNs` or later, with their counts. What stands
   * here and lasts as long stays. Their rules are another policy's, so they have none here.
   */
  takeOver(
    other: BpfMap,
    sinceNs: number,
    nowNs: number,
  ): { readonly taken: number; readonly refused: number } {
    let [taken, refused] = [0, 0];
    for (const [key, value] of entriesOf(other)) {
      const view = viewOf(value);
      if (readField(view, 0, blockLayout.addedNs) < sinceNs || !isInForce(value, nowNs)) continue;
      const old = this.#map.get(key);
      if (old && lasts(old) >= lasts(value)) continue;
      writeField(view, 0, blockLayout.rule, 0);
      const prefix = decodePrefix(key);
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

  /** So that it outlives the process. */
  pin(path: string): void {
    this.#map.pin(path);
  }

  /** False when there was no such block. */
  remove(prefix: Prefix): boolean {
    const wasThere = this.#map.delete(encodePrefix(prefix));
    if (wasThere) this.#front.release(prefix);
    return wasThere;
  }

  get(prefix: Prefix): KernelBlock | undefined {
    const value = this.#map.get(encodePrefix(prefix));
    return value && this.#decode(prefix, value);
  }

  *[Symbol.iterator](): IterableIterator<KernelBlock> {
    for (const [key, value] of entriesOf(this.#map)) yield this.#decode(decodePrefix(key), value);
  }

  /** Every prefix in the table, in no order. */
  *prefixes(): IterableIterator<Prefix> {
    for (const { prefix } of this) yield prefix;
  }

  /** With the packets that the kernel has not added to the block yet. */
  #decode(prefix: Prefix, value: Uint8Array): KernelBlock {
    const block = decodeBlock(prefix, value);
    const waiting = this.#hot.of(prefix, block.addedNs);
    if (!waiting) return block;
    return { ...block, packets: block.packets + waiting.packets, bytes: block.bytes + waiting.bytes };
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
