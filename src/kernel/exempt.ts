import type { BpfMap } from 'bpf-loader-native';
import type { Prefix } from '../values/prefix.ts';
import { exemptEntries } from './fill.ts';
import { Mirror } from './mirror.ts';
import { Vicinities } from './vicinities.ts';

/** The ignore list and the guarded addresses in the kernel (xs_ignored), and the bits by which it knows when to ask. */
export class Exempt {
  readonly #mirror: Mirror;
  readonly #asked: Uint32Array;
  readonly #seed: number;

  /** `seed`: that of the loaded program. */
  constructor(map: (name: string) => BpfMap, seed: number) {
    this.#mirror = new Mirror(map('xs_ignored'));
    this.#asked = new Uint32Array(map('xs_ignored_vicinities').mmap());
    this.#seed = seed;
  }

  /** In place of what was there. Answers how many found no room. */
  set(ignored: readonly Prefix[], guarded: readonly Prefix[]): number {
    const bits = new Uint32Array(this.#asked.length);
    const vicinities = new Vicinities(bits.buffer, this.#seed);
    for (const prefix of [...ignored, ...guarded]) vicinities.add(prefix);
    // Who is to be found must be asked for before, and who is leaving until after.
    for (const [index, word] of bits.entries()) this.#asked[index]! |= word;
    const withoutRoom = this.#mirror.set(exemptEntries(ignored, guarded));
    this.#asked.set(bits);
    return withoutRoom;
  }
}
