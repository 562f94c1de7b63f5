import type { DataPlane, ListDrops } from '../kernel/data-plane.ts';
import type { Prefix } from '../values/prefix.ts';
import { EMPTY_COLUMNS, MAX_LISTS, type PrefixColumns } from '../values/prefix-columns.ts';
import { PrefixFinder } from '../values/prefix-finder.ts';

const NOTHING: ListDrops = { packets: 0, bytes: 0 };

type Place = {
  /** What is in force. */
  columns: PrefixColumns;
  /** What the place had counted before the list that has it now. */
  readonly before: ListDrops;
};

/** Places of lists in the data plane: a list keeps its own as long as it lives, and so do the counts. */
export class Slots {
  readonly #dataPlane: Pick<DataPlane, 'setLists' | 'listDrops'>;
  readonly #places: (Place | undefined)[] = [];
  /** Resolves when the last change is made, or has failed. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataPlane: Pick<DataPlane, 'setLists' | 'listDrops'>) {
    this.#dataPlane = dataPlane;
  }

  /** A place that nobody has; undefined when there is none. */
  take(): number | undefined {
    const free = this.#places.indexOf(undefined);
    const slot = free < 0 ? this.#places.length : free;
    if (slot >= MAX_LISTS) return undefined;
    this.#places[slot] = { columns: EMPTY_COLUMNS, before: this.#dataPlane.listDrops()[slot] ?? NOTHING };
    return slot;
  }

  /** Puts a list in force in place of the one that was there. When that fails, the old one stays. */
  put(slot: number, columns: PrefixColumns): Promise<void> {
    return this.#inTurn(async () => {
      await this.#dataPlane.setLists(this.#all().with(slot, columns));
      this.#places[slot]!.columns = columns;
    });
  }

  /** Lets the list go, and the place. When that fails, both stay; where nothing is in force, nothing can fail. */
  free(slot: number): Promise<void> {
    return this.#inTurn(async () => {
      const { lengths4, lengths6 } = this.#places[slot]!.columns;
      const isEmpty = lengths4.length + lengths6.length === 0;
      if (!isEmpty) await this.#dataPlane.setLists(this.#all().with(slot, EMPTY_COLUMNS));
      this.#places[slot] = undefined;
    });
  }

  /** The network of the list in that place that holds all of the prefix; undefined when none does. */
  find(slot: number, prefix: Prefix): Prefix | undefined {
    return new PrefixFinder(this.#places[slot]!.columns).find(prefix);
  }

  /** What each list has dropped, by its place. */
  drops(): ListDrops[] {
    const counted = this.#dataPlane.listDrops();
    return this.#places.map((place, slot) => {
      const { packets, bytes } = counted[slot] ?? NOTHING;
      const before = place?.before ?? NOTHING;
      return { packets: packets - before.packets, bytes: bytes - before.bytes };
    });
  }

  #all(): PrefixColumns[] {
    return this.#places.map((place) => place?.columns ?? EMPTY_COLUMNS);
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#last.then(step);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
