import { closeSync, openSync, readSync } from 'node:fs';

/** Read from disk at a time: more than any record of a capture that is believed. */
const CHUNK = 1 << 20;

/** The bytes of a file from its beginning to its end, through a window of a fixed size. */
export class ByteSource {
  readonly #fd: number;
  readonly #window = Buffer.allocUnsafe(CHUNK);
  #at = 0;
  #end = 0;
  /** Of the window's first byte in the file. */
  #base = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  /** Bytes that have been taken so far. */
  get position(): number {
    return this.#base + this.#at;
  }

  /**
   * The next bytes, at most CHUNK of them; undefined when the file ends before. They are overwritten when more is asked for.
   */
  take(count: number): Buffer | undefined {
    const found = this.peek(count);
    if (found) this.#at += count;
    return found;
  }

  /** The same, and they will be the next ones again. */
  peek(count: number): Buffer | undefined {
    if (this.#end - this.#at < count && !this.#fill(count)) return undefined;
    return this.#window.subarray(this.#at, this.#at + count);
  }

  /** Passes over so many bytes, however many they are; false when the file ends before. */
  skip(count: number): boolean {
    for (let left = count; left > 0; ) {
      const step = Math.min(left, CHUNK);
      if (!this.take(step)) return false;
      left -= step;
    }
    return true;
  }

  /** Nothing is left. */
  get isAtEnd(): boolean {
    return this.peek(1) === undefined;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #fill(count: number): boolean {
    if (count > CHUNK) return false;
    this.#window.copy(this.#window, 0, this.#at, this.#end);
    this.#base += this.#at;
    this.#end -= this.#at;
    this.#at = 0;
    while (this.#end < count) {
      const read = readSync(this.#fd, this.#window, this.#end, CHUNK - this.#end, null);
      if (read === 0) return false;
      this.#end += read;
    }
    return true;
  }
}
