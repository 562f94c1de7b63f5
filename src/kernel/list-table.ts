import type { PrefixColumns } from '../values/prefix-columns.ts';
import { hostBits, isNetwork, keyHash, placeHash, vicinityOf } from './filter.ts';
import { layOut, type Sieves, setInSieves, sieveValue } from './sieves.ts';
import { writeField } from './struct.ts';
import { listHeadLayout, listLayout, listPlaceLayout } from './wire.generated.ts';

/** Bytes of a line (struct xs_line), the unit of the table. */
export const LINE_BYTES = listLayout.LINE_WORDS * 8;
const WORDS32_A_LINE = LINE_BYTES / 4;

/** Entries that are dealt with in one step: a few milliseconds. */
const STEP = 8192;

/** Lines of entries are made half full, so that hardly any entry has to go on to the next line. */
const FILL = 0.5;
/** When a run of full lines is longer than a lookup follows, the table is made anew, so much longer. */
const GROWTH = 1.5;

/** Vicinities for so many networks: some hundred for each, 2^24 at most (in IPv4 the /24, 2 MB). */
const vicinityBits = (networks: number): number =>
  networks === 0 ? 0 : Math.min(24, Math.max(16, Math.ceil(Math.log2(networks)) + 8));

/** Prefix length of the unit that IPv6 vicinities are hashes of; see xs_vicinity. */
const VICINITY_LENGTH6 = 32;

type Family = 4 | 6;

type Layout = {
  readonly sieves: Sieves;
  readonly vicinityBits: number;
  /** First lines. */
  readonly vicinities: Readonly<Record<Family, number>>;
  readonly entries: Readonly<Record<Family, { readonly first: number; readonly lines: number }>>;
  readonly lines: number;
};

/**
 * Builds the table of all lists (bpf/listed.h) in steps, and returns its lines. Of a network that several lists have, the
 * first one counts. `seed` is that of the loaded program.
 */
export function* buildListTable(
  lists: readonly PrefixColumns[],
  seed: number,
): Generator<void, Uint8Array<ArrayBuffer>> {
  for (let size = 1; ; size *= GROWTH) {
    const builder = new ListTableBuilder(lists, seed, size);
    if (yield* builder.build()) return builder.bytes;
  }
}

class ListTableBuilder {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #lists: readonly PrefixColumns[];
  readonly #seed: number;
  readonly #layout: Layout;
  readonly #words: Uint32Array<ArrayBuffer>;
  readonly #view: DataView;
  /** Masks of lengths as struct xs_list_place has them. */
  readonly #networks = { 4: 0n, 6: 0n };
  #hosts6 = 0n;

  constructor(lists: readonly PrefixColumns[], seed: number, size: number) {
    this.#lists = lists;
    this.#seed = seed;
    this.#layout = plan(lists, size);
    this.bytes = new Uint8Array(this.#layout.lines * LINE_BYTES);
    this.#words = new Uint32Array(this.bytes.buffer);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** False when it became too crowded. */
  *build(): Generator<void, boolean> {
    let steps = 0;
    for (const [list, columns] of this.#lists.entries()) {
      const { addresses4, lengths4, addresses6, lengths6 } = columns;
      for (let index = 0; index < lengths4.length; index++) {
        if (!this.#add4(addresses4[index]!, lengths4[index]!, list)) return false;
        if (++steps % STEP === 0) yield;
      }
      for (let index = 0; index < lengths6.length; index++) {
        if (!this.#add6(addresses6, index * 4, lengths6[index]!, list)) return false;
        if (++steps % STEP === 0) yield;
      }
    }
    this.#writeHead();
    return true;
  }

  #add4(address: number, length: number, list: number): boolean {
    setInSieves(this.#words, this.#layout.sieves, keyHash(this.#seed, 4, length, address, 0));
    this.#noteLength(4, length, address);
    const place = placeHash(this.#seed, 4, length, address, 0, 0, 0);
    return this.#put(4, place, listLayout.LISTED4_A_LINE, 2, (at) => {
      const info = this.#words[at + 1]!;
      const isFree = info === 0;
      // Only 0.0.0.0/0 of the first list looks like no entry; twice is no harm.
      if (isFree) {
        this.#words[at] = address;
        this.#words[at + 1] = length | (list << 8);
      }
      return isFree || (this.#words[at] === address && (info & 0xff) === length);
    });
  }

  #add6(addresses: Uint32Array, from: number, length: number, list: number): boolean {
    const [high, low, third, fourth] = [0, 1, 2, 3].map((word) => addresses[from + word]!) as [
      number,
      number,
      number,
      number,
    ];
    setInSieves(this.#words, this.#layout.sieves, keyHash(this.#seed, 6, length, high, low));
    this.#noteLength(6, length, high);
    const place = placeHash(this.#seed, 6, length, high, low, third, fourth);
    return this.#put(6, place, listLayout.LISTED6_A_LINE, 5, (at) => {
      const info = this.#words[at + 4]! & 0xffff_ff;
      const isFree = info === 0;
      const words = [high, low, third, fourth];
      if (isFree) {
        words.forEach((word, index) => {
          this.#view.setUint32((at + index) * 4, word);
        });
        this.#words[at + 4] = length | (list << 8);
      }
      const isSame = (word: number, index: number) => this.#view.getUint32((at + index) * 4) === word;
      return isFree || ((info & 0xff) === length && words.every(isSame));
    });
  }

  /** Looks for a place from the line on where the entry belongs; `take` answers whether it has taken the one that it is asked about. */
  #put(family: Family, hash: number, slots: number, slotWords: number, take: (at: number) => boolean): boolean {
    const { first, lines } = this.#layout.entries[family];
    let line = Math.floor((hash * lines) / 0x1_0000_0000);
    for (let probe = 0; probe < listLayout.LIST_PROBES; probe++) {
      const at = (first + line) * WORDS32_A_LINE;
      for (let slot = 0; slot < slots; slot++) if (take(at + slot * slotWords)) return true;
      this.bytes[at * 4 + listLayout.LINE_SPILLED] = 1;
      line = line + 1 < lines ? line + 1 : 0;
    }
    return false;
  }

  #noteLength(family: Family, length: number, high: number): void {
    if (isNetwork({ family, length })) {
      this.#networks[family] |= 1n << BigInt(length);
      this.#setVicinities(family, length, high);
    } else if (family === 6 && length > hostBits(6)) {
      this.#hosts6 |= 1n << BigInt(length - hostBits(6) - 1);
    }
  }

  /** Every vicinity that the network lies in or holds. */
  #setVicinities(family: Family, length: number, high: number): void {
    const bits = this.#layout.vicinityBits;
    const first = this.#layout.vicinities[family] * WORDS32_A_LINE;
    const unit = family === 4 ? bits : VICINITY_LENGTH6;
    const spare = Math.max(0, unit - length);
    if (family === 6 && spare >= bits) {
      this.#words.fill(0xffff_ffff, first, first + 2 ** bits / 32);
      return;
    }
    if (family === 4) {
      setBits(this.#words, first * 32 + (high >>> (32 - bits)), 2 ** spare);
      return;
    }
    for (let index = 0; index < 2 ** spare; index++) {
      const vicinity = vicinityOf(this.#seed, 6, high + index, bits);
      this.#words[first + (vicinity >>> 5)]! |= 1 << (vicinity & 31);
    }
  }

  #writeHead(): void {
    const { sieves, vicinityBits, vicinities, entries } = this.#layout;
    const head = listLayout.LIST_HEAD * LINE_BYTES;
    this.#view.setBigUint64(head + listHeadLayout.coarse.at, sieveValue(sieves.coarse), true);
    this.#view.setBigUint64(head + listHeadLayout.fine.at, sieveValue(sieves.fine), true);
    writeField(this.#view, head, listHeadLayout.vicinityBits, vicinityBits);
    writeField(this.#view, head, listHeadLayout.vicinities4, vicinities[4]);
    writeField(this.#view, head, listHeadLayout.vicinities6, vicinities[6]);
    const place = listLayout.LIST_PLACE * LINE_BYTES;
    writeField(this.#view, place, listPlaceLayout.first4, entries[4].first);
    writeField(this.#view, place, listPlaceLayout.lines4, entries[4].lines);
    writeField(this.#view, place, listPlaceLayout.first6, entries[6].first);
    writeField(this.#view, place, listPlaceLayout.lines6, entries[6].lines);
    this.#view.setBigUint64(place + listPlaceLayout.networks4.at, this.#networks[4], true);
    this.#view.setBigUint64(place + listPlaceLayout.networks6.at, this.#networks[6], true);
    this.#view.setBigUint64(place + listPlaceLayout.hosts6.at, this.#hosts6, true);
  }
}

function plan(lists: readonly PrefixColumns[], size: number): Layout {
  const count = (of: (columns: PrefixColumns) => number) => lists.reduce((sum, list) => sum + of(list), 0);
  const entries4 = count(({ lengths4 }) => lengths4.length);
  const entries6 = count(({ lengths6 }) => lengths6.length);
  const networks = count(({ lengths4, lengths6 }) => shorter(lengths4, 4) + shorter(lengths6, 6));
  const bits = vicinityBits(networks);
  let next: number = listLayout.LIST_PLACE + 1;
  const take = (lines: number) => {
    const first = next;
    next += lines;
    return first;
  };
  const sieves = layOut(entries4 + entries6, next * listLayout.LINE_WORDS);
  take(Math.ceil((sieves.coarse.words + sieves.fine.words) / listLayout.LINE_WORDS));
  const vicinityLines = bits === 0 ? 0 : 2 ** bits / (LINE_BYTES * 8);
  const vicinities = { 4: take(vicinityLines), 6: take(vicinityLines) };
  const linesFor = (entries: number, aLine: number) =>
    Math.max(listLayout.LIST_PROBES, Math.ceil((entries / aLine / FILL) * size));
  const [lines4, lines6] = [
    linesFor(entries4, listLayout.LISTED4_A_LINE),
    linesFor(entries6, listLayout.LISTED6_A_LINE),
  ];
  const entries = { 4: { first: take(lines4), lines: lines4 }, 6: { first: take(lines6), lines: lines6 } };
  return { sieves, vicinityBits: bits, vicinities, entries, lines: next };
}

function shorter(lengths: Uint8Array, family: Family): number {
  let networks = 0;
  for (const length of lengths) if (length < hostBits(family)) networks++;
  return networks;
}

/** Sets `count` bits from bit `from` on. */
function setBits(words: Uint32Array, from: number, count: number): void {
  let bit = from;
  const end = from + count;
  while (bit < end) {
    if ((bit & 31) === 0 && bit + 32 <= end) {
      words[bit / 32] = 0xffff_ffff;
      bit += 32;
    } else {
      words[Math.floor(bit / 32)]! |= 1 << (bit & 31);
      bit++;
    }
  }
}
