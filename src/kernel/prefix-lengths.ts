import type { Prefix } from '../values/prefix.ts';
import { readBytes, readField, writeField } from './struct.ts';
import { lengthsLayout } from './wire.generated.ts';

/**
 * Keeps the kernel's list of prefix lengths in use (struct xs_lengths, in shared memory). The kernel reads it while
 * it is written: a length is written before the count lets it be seen, and a length that goes is overwritten with the
 * last one before the count shrinks, so that at every moment each length in use is found.
 */
export class PrefixLengths {
  readonly #view: DataView;
  readonly #used = new Map<string, number>();
  readonly #kept = new Set<string>();

  constructor(memory: ArrayBuffer) {
    this.#view = new DataView(memory);
  }

  /** One more block has this prefix's length. */
  use({ family, length }: Prefix): void {
    this.#change(family, length, +1);
  }

  /** One block less has it. */
  release({ family, length }: Prefix): void {
    this.#change(family, length, -1);
  }

  /**
   * Lists the length for good, before any block is there. For the lengths that the kernel itself adds blocks of: how many
   * those are, only the kernel knows.
   */
  keep(family: 4 | 6, length: number): void {
    const key = `${family}/${length}`;
    if (this.#kept.has(key)) return;
    this.#kept.add(key);
    this.#append(family, length);
  }

  #change(family: 4 | 6, length: number, step: 1 | -1): void {
    const key = `${family}/${length}`;
    if (this.#kept.has(key)) return;
    const before = this.#used.get(key) ?? 0;
    this.#used.set(key, before + step);
    if (before === 0) this.#append(family, length);
    if (before + step === 0) this.#drop(family, length);
  }

  #append(family: 4 | 6, length: number): void {
    const { base, count, list } = this.#listOf(family);
    list[count] = length;
    writeField(this.#view, base, lengthsLayout.count, count + 1);
  }

  #drop(family: 4 | 6, length: number): void {
    const { base, count, list } = this.#listOf(family);
    list[list.subarray(0, count).indexOf(length)] = list[count - 1]!;
    writeField(this.#view, base, lengthsLayout.count, count - 1);
  }

  #listOf(family: 4 | 6) {
    const base = family === 4 ? 0 : lengthsLayout.size;
    return {
      base,
      count: readField(this.#view, base, lengthsLayout.count),
      list: readBytes(this.#view, base, lengthsLayout.length),
    };
  }
}
