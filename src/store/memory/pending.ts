import type { Changes } from './rows.ts';

/**
 * Changes that wait to be written, of each source the latest. Should there be more than `capacity`, all of them go, and none is taken until
 * it begins anew: then the database has to get all that holds in place of what has changed.
 */
export class Pending<Row> {
  readonly #capacity: number;
  #changes = new Map<string, Row | null>();
  #isOverfull = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#changes.size;
  }

  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  has(source: string): boolean {
    return this.#changes.has(source);
  }

  set(source: string, row: Row | null): void {
    if (this.#isOverfull) return;
    if (this.#changes.size < this.#capacity || this.#changes.has(source)) {
      this.#changes.set(source, row);
      return;
    }
    this.#changes.clear();
    this.#isOverfull = true;
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

  /** What comes from now on is taken again. */
  beginAnew(): void {
    this.#isOverfull = false;
  }
}
