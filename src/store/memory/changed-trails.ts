/** Trails that wait to be written at most. More are there only while the disk does not answer. */
const MAX_WAITING = 131_072;

/**
 * Sources whose trails are others than in the database. Only their names wait: a trail may change with each probe, and is looked up when it
 * is its turn. What finds no room is counted, and waits for the next probe of its source.
 */
export class ChangedTrails {
  /** True: what there was of it before is to go in any case. */
  readonly #waiting = new Map<string, boolean>();
  #lost = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Changes that did not get into the database. */
  get lost(): number {
    return this.#lost;
  }

  add(source: string, isForgotten: boolean): void {
    const before = this.#waiting.get(source);
    if (before === undefined && this.#waiting.size >= MAX_WAITING) this.#lost++;
    else this.#waiting.set(source, isForgotten || before === true);
  }

  /** What the database has of the source does not count any more. */
  isForgotten(source: string): boolean {
    return this.#waiting.get(source) === true;
  }

  /** The oldest so many changes, with the row of each. Who has made room for others before it was his turn is lost. */
  take<Row>(limit: number, rowOf: (source: string) => Row | undefined): (readonly [string, Row | null])[] {
    const taken: (readonly [string, Row | null])[] = [];
    for (const [source, isForgotten] of this.#waiting) {
      if (taken.length === limit) break;
      this.#waiting.delete(source);
      const row = rowOf(source);
      if (row !== undefined) taken.push([source, row]);
      else if (isForgotten) taken.push([source, null]);
      else this.#lost++;
    }
    return taken;
  }
}
