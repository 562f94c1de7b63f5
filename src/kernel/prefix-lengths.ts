import type { Prefix } from '../values/prefix.ts';
import { isNetwork } from './filter.ts';
import { readBytes, readField, writeField } from './struct.ts';
import { lengthsLayout, lengthsOf } from './wire.generated.ts';

type Length = Pick<Prefix, 'family' | 'length'>;

/**
 * Keeps the kernel's lists of prefix lengths in use (struct xs_lengths, in shared memory). The kernel reads them while
 * they are written: a length is written before the count lets it be seen, and a length that goes is overwritten with the
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
  use(prefix: Length): void {
    this.#change(prefix, +1);
  }

  /** One block less has it. */
  release(prefix: Length): void {
    this.#change(prefix, -1);
  }

  /**
   * Lists the length for good, before any block is there. For the lengths that the kernel itself adds blocks of: how many
   * those are, only the kernel knows.
   */
  keep(prefix: Length): void {
    const key = keyOf(prefix);
    if (this.#kept.has(key)) return;
    this.#kept.add(key);
    if (!this.#used.get(key)) this.#append(prefix);
  }

  #change(prefix: Length, step: 1 | -1): void {
    const key = keyOf(prefix);
    const before = this.#used.get(key) ?? 0;
    this.#used.set(key, before + step);
    if (this.#kept.has(key)) return;
    if (before === 0) this.#append(prefix);
    if (before + step === 0) this.#drop(prefix);
  }

  #append(prefix: Length): void {
    const { base, count, list } = this.#listOf(prefix);
    list[count] = prefix.length;
    writeField(this.#view, base, lengthsLayout.count, count + 1);
  }

  #drop(prefix: Length): void {
    const { base, count, list } = this.#listOf(prefix);
    list[list.subarray(0, count).indexOf(prefix.length)] = list[count - 1]!;
    writeField(this.#view, base, lengthsLayout.count, count - 1);
  }

  #listOf(prefix: Length) {
    const { NETWORKS4, HOSTS4, NETWORKS6, HOSTS6 } = lengthsOf;
    const [networks, hosts] = prefix.family === 4 ? [NETWORKS4, HOSTS4] : [NETWORKS6, HOSTS6];
    const base = (isNetwork(prefix) ? networks : hosts) * lengthsLayout.size;
    return {
      base,
      count: readField(this.#view, base, lengthsLayout.count),
      list: readBytes(this.#view, base, lengthsLayout.length),
    };
  }
}

const keyOf = ({ family, length }: Length): string => `${family}/${length}`;
