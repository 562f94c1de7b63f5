/** Takes a line without its newline: the bytes from `start` to `end`, which are the caller's again when this returns. */
export type LineTaker = (bytes: Uint8Array, start: number, end: number, isCut: boolean) => void;

/** Longest line that is read; what is behind that is left out. */
export const MAX_LINE_BYTES = 4096;

const NEWLINE = 0x0a;

/** Finds the lines in bytes that come in pieces of any size. Nothing is copied but a line that two pieces share. */
export class LineSplitter {
  readonly #take: LineTaker;
  /** The beginning of a line whose end has not come yet. */
  readonly #begun = new Uint8Array(MAX_LINE_BYTES);
  #begunBytes = 0;
  #isCut = false;

  constructor(take: LineTaker) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (chunk[at] !== NEWLINE) continue;
      if (this.#begunBytes > 0) this.#endBegun(chunk.subarray(start, at));
      else if (at - start > MAX_LINE_BYTES) this.#take(chunk, start, start + MAX_LINE_BYTES, true);
      else this.#take(chunk, start, at, false);
      start = at + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** Hands over a last line that has no newline. */
  end(): void {
    if (this.#begunBytes > 0) this.#endBegun(new Uint8Array(0));
  }

  #keep(part: Uint8Array): void {
    const fits = Math.min(part.length, MAX_LINE_BYTES - this.#begunBytes);
    if (fits < part.length) this.#isCut = true;
    this.#begun.set(part.subarray(0, fits), this.#begunBytes);
    this.#begunBytes += fits;
  }

  #endBegun(rest: Uint8Array): void {
    this.#keep(rest);
    const [end, isCut] = [this.#begunBytes, this.#isCut];
    this.#begunBytes = 0;
    this.#isCut = false;
    this.#take(this.#begun, 0, end, isCut);
  }
}
