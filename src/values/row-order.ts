import { grown } from './grown.ts';

/** Rows in the order in which they came. */
export class RowOrder {
  /** The row after each and before it; one more than the number, 0: none. The first number is that of the whole. */
  #after: Int32Array;
  #before: Int32Array;

  constructor(room: number) {
    this.#after = new Int32Array(room + 1);
    this.#before = new Int32Array(room + 1);
  }

  /** A row that is not there yet. */
  append(row: number): void {
    const last = this.#before[0]!;
    this.#tie(last, row + 1);
    this.#tie(row + 1, 0);
  }

  /** A row that is there. */
  remove(row: number): void {
    this.#tie(this.#before[row + 1]!, this.#after[row + 1]!);
  }

  get first(): number | undefined {
    return this.#after[0] === 0 ? undefined : this.#after[0]! - 1;
  }

  /** The row behind a row that is there. */
  after(row: number): number | undefined {
    const next = this.#after[row + 1]!;
    return next === 0 ? undefined : next - 1;
  }

  grow(room: number): void {
    this.#after = grown(this.#after, room + 1);
    this.#before = grown(this.#before, room + 1);
  }

  #tie(one: number, other: number): void {
    this.#after[one] = other;
    this.#before[other] = one;
  }
}
