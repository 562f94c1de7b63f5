import type { BpfMap } from 'bpf-loader-native';
import { formatPrefix, maskPrefix, type Prefix } from '../values/prefix.ts';
import type { KernelBlock } from './data-plane.ts';
import { readBytes, readField, stride, viewOf } from './struct.ts';
import { hotBounds, hotLayout } from './wire.generated.ts';

const { HOT_MAX } = hotBounds;
/** Of an array: a number of 32 bits. */
const KEY_SIZE = 4;

export type Counts = { readonly packets: number; readonly bytes: number };

/** Packets that xs_hot holds back from the counts of their blocks (bpf/hot.h): at most a jiffy's, of each CPU. */
export class HotCounts {
  readonly #map: BpfMap;
  /** Read once in a turn of the event loop, however many blocks are asked about. */
  #known: ReadonlyMap<string, Counts> | undefined;

  constructor(map: BpfMap) {
    this.#map = map;
  }

  /** Of the block of this prefix that was added at that time: another may have been there before. */
  of(block: Prefix, addedNs: number): Counts | undefined {
    if (!this.#known) {
      this.#known = this.#read();
      setImmediate(() => {
        this.#known = undefined;
      }).unref();
    }
    return this.#known.size === 0 ? undefined : this.#known.get(keyOf(block, addedNs));
  }

  /** The block's own counts and those packets. */
  countsOf({ prefix, addedNs, packets, bytes }: KernelBlock): Counts {
    const waiting = this.of(prefix, addedNs);
    return waiting
      ? { packets: packets + waiting.packets, bytes: bytes + waiting.bytes }
      : { packets, bytes };
  }

  #read(): Map<string, Counts> {
    const found = new Map<string, Counts>();
    const { valueSize, lookupSize } = this.#map.info;
    const values = new Uint8Array(HOT_MAX * lookupSize);
    const { count } = this.#map.lookupBatch(new Uint8Array(HOT_MAX * KEY_SIZE), values, HOT_MAX);
    const view = viewOf(values);
    for (let base = 0; base < count * lookupSize; base += stride(valueSize)) {
      const packets = readField(view, base, hotLayout.packets);
      if (packets === 0) continue;
      const key = keyOf(blockOf(view, base), readField(view, base, hotLayout.addedNs));
      const known = found.get(key) ?? { packets: 0, bytes: 0 };
      const bytes = readField(view, base, hotLayout.bytes);
      found.set(key, { packets: known.packets + packets, bytes: known.bytes + bytes });
    }
    return found;
  }
}

const keyOf = (block: Prefix, addedNs: number): string => `${formatPrefix(block)} ${addedNs}`;

function blockOf(view: DataView, base: number): Prefix {
  const family = readField(view, base, hotLayout.family) === 6 ? 6 : 4;
  const bytes = readBytes(view, base, hotLayout.addr);
  return maskPrefix({ family, bytes, length: readField(view, base, hotLayout.length) });
}
