import { grown } from './grown.ts';

/**
 * When rows are due, and which is due first: a binary heap that knows where each row is in it, so that one can be changed or
 * taken away, and nothing is left behind.
 */
export class Deadlines {
  #dueNs: Float64Array;
  /** Rows; none is due before the one above it, at half its place. The first place, 0, stays empty. */
  #heap: Int32Array;
  /** Of each row; 0: it is never due. */
  #places: Int32Array;
  #size = 0;

  constructor(room: number) {
    this.#dueNs = new Float64Array(room);
    this.#heap = new Int32Array(room + 1);
    this.#places = new Int32Array(room);
  }

  /** Undefined: it is never due. */
  of(row: number): number | undefined {
    return this.#places[row] === 0 ? undefined : this.#dueNs[row]!;
  }

  /** Of all rows that are ever due, the one that is so first. */
  get first(): number | undefined {
    return this.#size === 0 ? undefined : this.#heap[1]!;
  }

  set(row: number, dueNs: number | undefined): void {
    if (dueNs === undefined) {
      this.#remove(row);
      return;
    }
    this.#dueNs[row] = dueNs;
    if (this.#places[row] === 0) this.#put(row, ++this.#size);
    this.#settle(row);
  }

  grow(room: number): void {
    this.#dueNs = grown(this.#dueNs, room);
    this.#heap = grown(this.#heap, room + 1);
    this.#places = grown(this.#places, room);
  }

  #remove(row: number): void {
    const place = this.#places[row]!;
    if (place === 0) return;
    this.#places[row] = 0;
    const last = this.#heap[this.#size--]!;
    if (last === row) return;
    this.#put(last, place);
    this.#settle(last);
  }

  /** Lets the row rise above those that are due later, or else sink below those that are due earlier. */
  #settle(row: number): void {
    const dueNs = this.#dueNs[row]!;
    let place = this.#places[row]!;
    while (place > 1 && dueNs < this.#dueAt(place >> 1)) {
      this.#put(this.#heap[place >> 1]!, place);
      place >>= 1;
    }
    for (;;) {
      let below = place * 2;
      if (below < this.#size && this.#dueAt(below + 1) < this.#dueAt(below)) below++;
      if (below > this.#size || this.#dueAt(below) >= dueNs) break;
      this.#put(this.#heap[below]!, place);
      place = below;
    }
    this.#put(row, place);
  }

  #put(row: number, place: number): void {
    this.#heap[place] = row;
    this.#places[row] = place;
  }

  #dueAt(place: number): number {
    return this.#dueNs[this.#heap[place]!]!;
  }
}
