import type { Changes } from './rows.ts';

/**
 * Changes that wait to be written, of each source the latest. Of rows there are at most `capacity`; that something is gone is always
 * taken, or it would be back after the next start.
 */
export class Pending<Row> {
  readonly #capacity: number;
  #changes = new Map<string, Row | null>();
  #lost = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#changes.size;
  }

  /** Rows that found no room, ever. */
  get lost(): number {
    return this.#lost;
  }

  has(source: string): boolean {
    return this.#changes.has(source);
  }

  set(source: string, row: Row | null): void {
    if (row !== null && this.#changes.size >= this.#capacity && !this.#changes.has(source)) this.#lost++;
    else this.#changes.set(source, row);
  }

  /** The oldest so many, which are not pending any more. */
  take(limit: number): Changes<Row> {
    const taken: (readonly [string, Row | null])[] = [];
    for (const change of this.#changes) {
      if (taken.length === limit) break;
      taken.push(change);
      this.#changes.delete(change[0]);
    }
    return taken;
  }

  /** They could not be written. What has changed meanwhile counts. */
  putBack(changes: Changes<Row>): void {
    const newer = this.#changes;
    this.#changes = new Map();
    for (const [source, row] of changes) this.set(source, row);
    for (const [source, row] of newer) this.set(source, row);
  }
}
