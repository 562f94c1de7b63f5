import { setImmediate as nextTurn } from 'node:timers/promises';
import { BpfMap, MAP_FLAG_INNER_MAP, MAP_FLAG_MMAPABLE } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import type { MAX_LISTS, PrefixColumns } from '../values/prefix-columns.ts';
import { indexKey, sumOverCpus } from './counters.ts';
import type { ListDrops } from './data-plane.ts';
import { LINE_BYTES } from './list-plan.ts';
import { buildListTable } from './list-table.ts';
import { counterLayout, listLayout } from './wire.generated.ts';

/** Longest that a turn of the event loop is worked in, and bytes that are copied in one go. */
const TURN_MS = 4;
const COPY_BYTES = 1 << 20;
/** What the kernel has numbers for is what everybody else goes by: the types are not assignable where they part. */
const ROOM: typeof MAX_LISTS = listLayout.LISTS_MAX;

/** The lists in the kernel: one table that another one takes the place of. */
export class ListMap {
  readonly #outer: BpfMap;
  readonly #drops: BpfMap;
  readonly #seed: number;
  #generation = 0;
  #count = 0;
  #entries = 0;
  #bytes = 0;

  constructor(outer: BpfMap, drops: BpfMap, seed: number) {
    this.#outer = outer;
    this.#drops = drops;
    this.#seed = seed;
  }

  /** See DataPlane.setLists. */
  async set(lists: readonly PrefixColumns[]): Promise<void> {
    if (lists.length > ROOM) {
      throw new SentryError('XS_ERR_LISTS_FULL', `${lists.length} lists, and there is room for ${ROOM}`);
    }
    const entries = lists.reduce((sum, list) => sum + list.lengths4.length + list.lengths6.length, 0);
    this.#generation++;
    const table =
      entries > 0 ? await inTurns(buildListTable(lists, this.#seed, this.#generation)) : undefined;
    if (table) await this.#replace(table);
    else await this.#outer.setInner(indexKey(0), undefined);
    this.#count = lists.length;
    this.#entries = entries;
    this.#bytes = table?.length ?? 0;
  }

  drops(): ListDrops[] {
    return Array.from({ length: this.#count }, (_, list) => {
      const [packets, bytes] = sumOverCpus(this.#drops, list, [counterLayout.packets, counterLayout.bytes]);
      return { packets: packets!, bytes: bytes! };
    });
  }

  get entries(): number {
    return this.#entries;
  }

  /** Bytes of kernel memory. */
  get bytes(): number {
    return this.#bytes;
  }

  async #replace(table: Uint8Array): Promise<void> {
    let inner: BpfMap;
    try {
      inner = BpfMap.create({
        type: 'array',
        name: 'xs_list_table',
        keySize: 4,
        valueSize: LINE_BYTES,
        maxEntries: table.length / LINE_BYTES,
        flags: MAP_FLAG_INNER_MAP | MAP_FLAG_MMAPABLE,
      });
    } catch (error) {
      const size = `${Math.ceil(table.length / 2 ** 20)} MB of kernel memory`;
      throw new SentryError('XS_ERR_LISTS_FULL', `they take ${size}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    try {
      const memory = new Uint8Array(inner.mmap());
      for (let at = 0; at < table.length; at += COPY_BYTES) {
        memory.set(table.subarray(at, at + COPY_BYTES), at);
        await nextTurn();
      }
      await this.#outer.setInner(indexKey(0), inner);
    } finally {
      inner.close();
    }
  }
}

/** Runs a job that yields now and then, a few milliseconds at a time. */
async function inTurns<Result>(job: Generator<void, Result>): Promise<Result> {
  for (;;) {
    const endMs = performance.now() + TURN_MS;
    do {
      const { done, value } = job.next();
      if (done) return value;
    } while (performance.now() < endMs);
    await nextTurn();
  }
}
