import { viewOf, writeField } from './struct.ts';
import { momentLayout } from './wire.generated.ts';

/** Frames that are handed to the program in one call. */
const MAX_FRAMES = 512;
/** Of a frame the program sees so much at most: more than any header takes, and what a test run has in one buffer. */
export const MAX_FRAME_BYTES = 3072;
/** Less is no Ethernet frame, and the kernel runs no XDP program on it. */
export const MIN_FRAME_BYTES = 14;

/** What a frame met when it came. */
export type Moment = {
  /** Nanoseconds, of whatever clock; never less than that of the frame before. */
  readonly nowNs: number;
  /** A socket of the host that it went to is meant by it. */
  readonly isServed: boolean;
};

/** Frames one behind the other, with what each met. */
export class FrameBatch {
  readonly data = new Uint8Array(MAX_FRAMES * MAX_FRAME_BYTES);
  /** A struct xs_moment for each. */
  readonly notes = new Uint8Array(MAX_FRAMES * momentLayout.size);
  readonly #notesView = viewOf(this.notes);
  readonly #ends = new Uint32Array(MAX_FRAMES);
  readonly ends = new Uint8Array(this.#ends.buffer);
  readonly #times = new Float64Array(MAX_FRAMES);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === MAX_FRAMES;
  }

  /** Where in `data` the next frame is to be written; there is room for MAX_FRAME_BYTES unless the batch is full. */
  get start(): number {
    return this.#count === 0 ? 0 : this.#ends[this.#count - 1]!;
  }

  /** The frame of that length that was written there is one of the batch. */
  push(length: number, { nowNs, isServed }: Moment): void {
    const base = this.#count * momentLayout.size;
    this.#ends[this.#count] = this.start + length;
    writeField(this.#notesView, base, momentLayout.nowNs, nowNs);
    writeField(this.#notesView, base, momentLayout.isServed, isServed ? 1 : 0);
    this.#times[this.#count] = nowNs;
    this.#count++;
  }

  timeOf(index: number): number {
    return this.#times[index]!;
  }

  clear(): void {
    this.#count = 0;
  }
}
