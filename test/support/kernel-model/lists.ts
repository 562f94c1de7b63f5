/** What the program does in bpf/listed.h, written a second time. */
import { listHeadLayout, listLayout, listPlaceLayout } from '../../../src/kernel/wire.generated.ts';
import {
  be32,
  type Family,
  filterHas,
  filterHash,
  hostBits,
  masked,
  placeHash,
  tag,
  vicinityOf,
  wordIn,
  wordsOf,
} from './filter.ts';

const LINE = 64;
const { LINE_SPILLED, LIST_HEAD, LIST_PLACE, LIST_PROBES, LISTED4_A_LINE, LISTED6_A_LINE } = listLayout;

export class ListsModel {
  readonly #view: DataView;
  readonly #words: BigUint64Array;
  readonly #seed: number;

  constructor(table: Uint8Array<ArrayBuffer>, seed: number) {
    this.#view = new DataView(table.buffer, table.byteOffset, table.byteLength);
    this.#words = new BigUint64Array(table.buffer, table.byteOffset, table.byteLength / 8);
    this.#seed = seed;
  }

  /** xs_listed: the number of the list that drops packets from there, or undefined. */
  listOf(family: Family, address: Uint8Array): number | undefined {
    let list: number | undefined;
    if (this.#filterHas(family, address, hostBits(family))) list = this.#find(family, address, false);
    const bits = this.#head(listHeadLayout.vicinityBits.at);
    if (list === undefined && bits > 0) {
      const vicinity = vicinityOf(this.#seed, family, address, bits);
      const { vicinities4, vicinities6 } = listHeadLayout;
      const first = this.#head((family === 6 ? vicinities6 : vicinities4).at);
      const word = this.#words[first * 8 + Math.floor(vicinity / 64)]!;
      if ((word >> BigInt(vicinity % 64)) & 1n) list = this.#find(family, address, true);
    }
    return list;
  }

  /** xs_find_listed */
  #find(family: Family, address: Uint8Array, amongNetworks: boolean): number | undefined {
    for (const length of this.#lengths(family, amongNetworks)) {
      const list = this.#at(family, address, length);
      if (list !== undefined) return list;
    }
    return undefined;
  }

  #lengths(family: Family, amongNetworks: boolean): number[] {
    const { networks4, networks6, hosts6 } = listPlaceLayout;
    const inMask = (at: number, first: number) => {
      const mask = this.#view.getBigUint64(LIST_PLACE * LINE + at, true);
      const bits = Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (mask >> BigInt(bit)) & 1n);
      return bits.map((bit) => first + bit);
    };
    if (amongNetworks) return inMask((family === 4 ? networks4 : networks6).at, 0);
    return family === 4 ? [32] : [64, ...inMask(hosts6.at, 65)];
  }

  /** xs_listed_at */
  #at(family: Family, address: Uint8Array, length: number): number | undefined {
    const network = masked(address, length);
    if (length < hostBits(family) && !this.#filterHas(family, network, length)) return undefined;
    const { first4, lines4, first6, lines6 } = listPlaceLayout;
    const place = (at: number) => this.#view.getUint32(LIST_PLACE * LINE + at, true);
    const [first, lines] =
      family === 4 ? [place(first4.at), place(lines4.at)] : [place(first6.at), place(lines6.at)];
    const home = first + Number(wordIn(placeHash(this.#seed, family, network, length), BigInt(lines)));
    for (let probe = 0; probe < LIST_PROBES; probe++) {
      const line = (home + probe) * LINE;
      const list = this.#inLine(family, line, network, length);
      if (list !== undefined) return list;
      if (this.#view.getUint8(line + LINE_SPILLED) === 0) return undefined;
    }
    return undefined;
  }

  /** xs_has_entry4 and xs_has_entry6 */
  #inLine(family: Family, line: number, network: Uint8Array, length: number): number | undefined {
    const [slots, size] = family === 4 ? [LISTED4_A_LINE, 8] : [LISTED6_A_LINE, 20];
    for (let slot = 0; slot < slots; slot++) {
      const at = line + slot * size;
      const isSame =
        family === 4
          ? BigInt(this.#view.getUint32(at, true)) === be32(network, 0)
          : network.every((byte, index) => this.#view.getUint8(at + index) === byte);
      const info = at + size - 4;
      const list = this.#view.getUint8(info + 1);
      if (isSame && this.#view.getUint8(info) === length && list > 0) return list - 1;
    }
    return undefined;
  }

  #filterHas(family: Family, network: Uint8Array, length: number): boolean {
    const hash = filterHash(this.#seed, wordsOf(family, network), tag(family, length));
    const sieve = (at: number) => this.#view.getBigUint64(LIST_HEAD * LINE + at, true);
    return filterHas(this.#words, sieve(listHeadLayout.coarse.at), sieve(listHeadLayout.fine.at), hash);
  }

  #head(at: number): number {
    return this.#view.getUint32(LIST_HEAD * LINE + at, true);
  }
}
