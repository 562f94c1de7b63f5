import type { BpfMap } from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import type { MAX_LISTS, PrefixColumns } from '../values/prefix-columns.ts';
import { indexKey, sumOverCpus } from './counters.ts';
import type { ListDrops } from './data-plane.ts';
import { buildOnThread, type ListTableJob } from './list-table-thread.ts';
import { counterLayout, listLayout } from './wire.generated.ts';

/** What the kernel has numbers for is what everybody else goes by: the types are not assignable where they part. */
const ROOM: typeof MAX_LISTS = listLayout.LISTS_MAX;

/** The lists in the kernel: one table that another one takes the place of. */
export class ListMap {
  readonly #outer: BpfMap;
  readonly #drops: BpfMap;
  readonly #seed: number;
  readonly #closing = new AbortController();
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
    let bytes = 0;
    if (entries === 0) await this.#outer.setInner(indexKey(0), undefined);
    else bytes = await this.#replace({ lists, seed: this.#seed, generation: this.#generation });
    this.#count = lists.length;
    this.#entries = entries;
    this.#bytes = bytes;
  }

  /** What is being built comes to nothing. */
  close(): void {
    this.#closing.abort();
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

  /** Returns the bytes that it takes. */
  async #replace(job: ListTableJob): Promise<number> {
    const table = await buildOnThread(job, this.#closing.signal);
    if (table.refused !== undefined) {
      const size = `${Math.ceil(table.bytes / 2 ** 20)} MB of kernel memory`;
      throw new SentryError('XS_ERR_LISTS_FULL', `they take ${size}: ${table.refused}`);
    }
    try {
      await this.#outer.setInner(indexKey(0), table.map);
    } finally {
      table.map.close();
    }
    return table.bytes;
  }
}
