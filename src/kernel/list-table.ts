import type { PrefixColumns } from '../values/prefix-columns.ts';
import { keyHash, placeHash, setOwn, shareOf, vicinityOf } from './filter.ts';
import { LINE_BYTES, type ListPlan, planLists, VICINITY_LENGTH6 } from './list-plan.ts';
import { setInSieves, sieveValue } from './sieves.ts';
import { writeField } from './struct.ts';
import { filterKey, listHeadLayout, listLayout, listPlaceLayout } from './wire.generated.ts';

const { LIST_HEAD, LIST_PLACE, LIST_PROBES, LINE_SPILLED, LISTED4_A_LINE, LISTED6_A_LINE } = listLayout;
const { HOST_BITS4, HOST_BITS6 } = filterKey;
const WORDS32_A_LINE = LINE_BYTES / 4;

/** When a run of full lines is longer than a lookup follows, the table is made anew, so much longer. */
const GROWTH = 1.5;

/**
 * Builds the table of all lists (bpf/listed.h): half a second of work for a million entries. Of a network that several lists
 * have, the first one counts. `allocate` gives empty memory for so many lines; when entries crowd in it too much, it is asked again
 * for more, and what it gave before is of no use. `seed` is that of the loaded program; `generation` is another one than that of the
 * table before, and not 0.
 */
export function buildListTable(
  lists: readonly PrefixColumns[],
  seed: number,
  generation: number,
  allocate: (lines: number) => ArrayBuffer,
): void {
  for (let size = 1; ; size *= GROWTH) {
    const plan = planLists(lists, size);
    const builder = new ListTableBuilder(plan, seed, allocate(plan.lines));
    if (!builder.build(lists)) continue;
    builder.writeHead(generation);
    return;
  }
}

/** A million entries pass through here: no objects, closures or bigints for any of them. */
class ListTableBuilder {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #plan: ListPlan;
  readonly #seed: number;
  readonly #words: Uint32Array<ArrayBuffer>;
  /** Entries by prefix length. */
  readonly #lengths4 = new Uint32Array(33);
  readonly #lengths6 = new Uint32Array(129);

  constructor(plan: ListPlan, seed: number, memory: ArrayBuffer) {
    this.#plan = plan;
    this.#seed = seed;
    this.#bytes = new Uint8Array(memory);
    this.#words = new Uint32Array(memory);
  }

  /** False when it became too crowded. */
  build(lists: readonly PrefixColumns[]): boolean {
    const { everywhere6, vicinities6, vicinityBits } = this.#plan;
    if (everywhere6) setBits(this.#words, vicinities6 * LINE_BYTES * 8, 2 ** vicinityBits);
    for (const [list, { addresses4, lengths4, addresses6, lengths6 }] of lists.entries()) {
      for (let index = 0; index < lengths4.length; index++) {
        if (!this.#add4(addresses4[index]!, lengths4[index]!, list)) return false;
      }
      for (let index = 0; index < lengths6.length; index++) {
        if (!this.#add6(addresses6, index * 4, lengths6[index]!, list)) return false;
      }
    }
    return true;
  }

  /** False when there is no room near the place where it belongs. */
  #add4(address: number, length: number, list: number): boolean {
    this.#lengths4[length]!++;
    setInSieves(this.#words, this.#plan.sieves, keyHash(this.#seed, 4, length, address, 0), setOwn);
    if (length < HOST_BITS4) this.#setVicinities4(address, length);

    const words = this.#words;
    const { first, lines } = this.#plan.entries4;
    const home = first + shareOf(placeHash(this.#seed, 4, length, address, 0, 0, 0), lines);
    for (let probe = 0; probe < LIST_PROBES; probe++) {
      const start = (home + probe) * WORDS32_A_LINE;
      for (let slot = 0; slot < LISTED4_A_LINE; slot++) {
        const at = start + slot * 2;
        const there = words[at + 1]! & 0xffff;
        if (there === 0) {
          words[at] = address;
          words[at + 1] = entryInfo(length, list);
          return true;
        }
        if (words[at] === address && (there & 0xff) === length) return true;
      }
      this.#bytes[start * 4 + LINE_SPILLED] = 1;
    }
    return false;
  }

  #add6(addresses: Uint32Array, from: number, length: number, list: number): boolean {
    const high = addresses[from]!;
    const low = addresses[from + 1]!;
    const third = addresses[from + 2]!;
    const fourth = addresses[from + 3]!;
    this.#lengths6[length]!++;
    setInSieves(this.#words, this.#plan.sieves, keyHash(this.#seed, 6, length, high, low), setOwn);
    if (length < HOST_BITS6) this.#setVicinities6(high, length);

    const words = this.#words;
    const { first, lines } = this.#plan.entries6;
    const a = swapped(high);
    const b = swapped(low);
    const c = swapped(third);
    const d = swapped(fourth);
    const home = first + shareOf(placeHash(this.#seed, 6, length, high, low, third, fourth), lines);
    for (let probe = 0; probe < LIST_PROBES; probe++) {
      const start = (home + probe) * WORDS32_A_LINE;
      for (let slot = 0; slot < LISTED6_A_LINE; slot++) {
        const at = start + slot * 5;
        const there = words[at + 4]!;
        if (there === 0) {
          words[at] = a;
          words[at + 1] = b;
          words[at + 2] = c;
          words[at + 3] = d;
          words[at + 4] = entryInfo(length, list);
          return true;
        }
        const isSame = words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d;
        if (isSame && (there & 0xff) === length) return true;
      }
      this.#bytes[start * 4 + LINE_SPILLED] = 1;
    }
    return false;
  }

  /** Every vicinity that the network lies in or holds. */
  #setVicinities4(address: number, length: number): void {
    const bits = this.#plan.vicinityBits;
    const first = this.#plan.vicinities4 * LINE_BYTES * 8;
    setBits(this.#words, first + (address >>> (32 - bits)), 2 ** Math.max(0, bits - length));
  }

  #setVicinities6(high: number, length: number): void {
    const { vicinityBits, vicinities6, everywhere6 } = this.#plan;
    if (everywhere6) return;
    const first = vicinities6 * WORDS32_A_LINE;
    const count = 2 ** Math.max(0, VICINITY_LENGTH6 - length);
    for (let index = 0; index < count; index++) {
      const vicinity = vicinityOf(this.#seed, 6, high + index, vicinityBits);
      this.#words[first + (vicinity >>> 5)]! |= 1 << (vicinity & 31);
    }
  }

  writeHead(generation: number): void {
    const { sieves, vicinityBits, vicinities4, vicinities6 } = this.#plan;
    const head = new DataView(this.#bytes.buffer, LIST_HEAD * LINE_BYTES, LINE_BYTES);
    head.setBigUint64(listHeadLayout.coarse.at, sieveValue(sieves.coarse), true);
    head.setBigUint64(listHeadLayout.fine.at, sieveValue(sieves.fine), true);
    writeField(head, 0, listHeadLayout.vicinityBits, vicinityBits);
    writeField(head, 0, listHeadLayout.vicinities4, vicinities4);
    writeField(head, 0, listHeadLayout.vicinities6, vicinities6);
    writeField(head, 0, listHeadLayout.generation, generation);
    this.#writePlace();
  }

  #writePlace(): void {
    const { entries4, entries6 } = this.#plan;
    const place = new DataView(this.#bytes.buffer, LIST_PLACE * LINE_BYTES, LINE_BYTES);
    writeField(place, 0, listPlaceLayout.first4, entries4.first);
    writeField(place, 0, listPlaceLayout.lines4, entries4.lines);
    writeField(place, 0, listPlaceLayout.first6, entries6.first);
    writeField(place, 0, listPlaceLayout.lines6, entries6.lines);
    place.setBigUint64(listPlaceLayout.networks4.at, maskOf(this.#lengths4.subarray(0, HOST_BITS4)), true);
    place.setBigUint64(listPlaceLayout.networks6.at, maskOf(this.#lengths6.subarray(0, HOST_BITS6)), true);
    place.setBigUint64(listPlaceLayout.hosts6.at, maskOf(this.#lengths6.subarray(HOST_BITS6 + 1)), true);
  }
}

/** Length and list as struct xs_listed4 and xs_listed6 have them, little-endian; never 0, which is a free slot. */
const entryInfo = (length: number, list: number): number => length | ((list + 1) << 8);

/** As on the wire. */
const swapped = (word: number): number =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;

/** Bit N: some have the Nth of these lengths. */
function maskOf(counts: Uint32Array): bigint {
  let mask = 0n;
  for (const [index, count] of counts.entries()) if (count > 0) mask |= 1n << BigInt(index);
  return mask;
}

/** Sets `count` bits from bit `from` on: fewer than 32 of one word, or whole words. */
function setBits(words: Uint32Array, from: number, count: number): void {
  const word = Math.floor(from / 32);
  if (count >= 32) words.fill(0xffff_ffff, word, word + count / 32);
  else words[word]! |= (2 ** count - 1) << (from & 31);
}
