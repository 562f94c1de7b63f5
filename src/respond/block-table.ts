import type { BlockOrigin } from '../kernel/data-plane.ts';
import { Deadlines } from '../values/deadlines.ts';
import { grown } from '../values/grown.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../values/prefix.ts';
import { PrefixColumn } from '../values/prefix-column.ts';
import { PrefixRows } from '../values/prefix-rows.ts';
import { RowOrder } from '../values/row-order.ts';
import { TextColumn } from '../values/text-column.ts';
import type { Block } from './block.ts';
import type { Evidence } from './marks.ts';

const origins = ['local', 'operator'] as const satisfies readonly BlockOrigin[];
const families = ['ipv4', 'ipv6'] as const;
export type Family = (typeof families)[number];

/** Bits of a row: the place of its origin in `origins`, and what there is of evidence. */
const ORIGIN = 1;
const HAS_EVIDENCE = 2;
const IS_UDP = 4;
const IS_PROVEN = 8;

/**
 * All blocks by prefix, oldest first. There may be a million of them: so they lie in columns, 90 bytes each and the text of the
 * reason, and become objects when somebody asks for them. Nothing here takes longer the more there are.
 */
export class BlockTable {
  readonly #rows: PrefixRows;
  readonly #order: RowOrder;
  /** Those of rules that have no end. */
  readonly #endless: RowOrder;
  readonly #ends: Deadlines;
  #addedNs: Float64Array;
  #flags: Uint8Array;
  #ports: Uint16Array;
  /** Of the evidence, where it is not the block's prefix itself. */
  readonly #addresses: PrefixColumn;
  readonly #reasons = new TextColumn();
  readonly #counts = { local: { ipv4: 0, ipv6: 0 }, operator: { ipv4: 0, ipv6: 0 } };

  /** Room to begin with. */
  constructor(room: number) {
    this.#rows = new PrefixRows(room);
    this.#order = new RowOrder(room);
    this.#endless = new RowOrder(room);
    this.#ends = new Deadlines(room);
    this.#addedNs = new Float64Array(room);
    this.#flags = new Uint8Array(room);
    this.#ports = new Uint16Array(room);
    this.#addresses = new PrefixColumn(room);
  }

  get size(): number {
    return this.#rows.size;
  }

  count(origin: BlockOrigin, family: Family): number {
    return this.#counts[origin][family];
  }

  get(prefix: Prefix): Block | undefined {
    const row = this.#rows.find(prefix);
    return row === undefined ? undefined : this.#blockAt(row);
  }

  /** When the block of that prefix ends: never is Infinity; undefined: there is none. */
  endOf(prefix: Prefix): number | undefined {
    const row = this.#rows.find(prefix);
    return row === undefined ? undefined : (this.#ends.of(row) ?? Number.POSITIVE_INFINITY);
  }

  /** The newest from now on, in place of the one that there may be of its prefix. */
  set(block: Block): void {
    this.delete(block.prefix);
    const row = this.#rows.add(block.prefix);
    if (this.#rows.room > this.#flags.length) this.#grow();
    const { origin, evidence, expiresNs } = block;
    this.#order.append(row);
    if (isEndless(block)) this.#endless.append(row);
    this.#ends.set(row, expiresNs);
    this.#addedNs[row] = block.addedNs;
    this.#reasons.set(row, block.reason);
    this.#flags[row] = origins.indexOf(origin) * ORIGIN;
    if (evidence) this.#setEvidence(row, block.source, evidence);
    this.#counts[origin][familyOf(block.prefix)]++;
  }

  delete(prefix: Prefix): void {
    const row = this.#rows.find(prefix);
    if (row === undefined) return;
    const origin = this.#originAt(row);
    this.#counts[origin][familyOf(prefix)]--;
    this.#order.remove(row);
    if (isEndless({ origin, expiresNs: this.#ends.of(row) })) this.#endless.remove(row);
    this.#ends.set(row, undefined);
    this.#addresses.clear(row);
    this.#reasons.clear(row);
    this.#rows.delete(row);
  }

  /** The block that ends first, when it has ended by then. */
  ended(nowNs: number): Block | undefined {
    const row = this.#ends.first;
    return row !== undefined && this.#ends.of(row)! <= nowNs ? this.#blockAt(row) : undefined;
  }

  /** Of those that rules have blocked until they are lifted. */
  get oldestEndless(): Block | undefined {
    const row = this.#endless.first;
    return row === undefined ? undefined : this.#blockAt(row);
  }

  /** Oldest first. Meanwhile none may go but the one that was given last. */
  *[Symbol.iterator](): IterableIterator<Block> {
    let row = this.#order.first;
    while (row !== undefined) {
      const next = this.#order.after(row);
      yield this.#blockAt(row);
      row = next;
    }
  }

  /** Where they are now, oldest first: for who goes through them in steps, while they come and go. */
  places(): Int32Array {
    const found = new Int32Array(this.size);
    let at = 0;
    for (let row = this.#order.first; row !== undefined; row = this.#order.after(row)) found[at++] = row;
    return found;
  }

  /** What is at that place now: the block that was there, a newer one, or none. */
  at(place: number): Block | undefined {
    return this.#rows.has(place) ? this.#blockAt(place) : undefined;
  }

  #blockAt(row: number): Block {
    const prefix = this.#rows.prefixOf(row);
    const source = formatPrefix(prefix);
    return {
      prefix,
      source,
      origin: this.#originAt(row),
      reason: this.#reasons.get(row),
      addedNs: this.#addedNs[row]!,
      expiresNs: this.#ends.of(row),
      evidence: this.#evidenceAt(row, source),
    };
  }

  #setEvidence(row: number, source: string, { address, protocol, port, isProven }: Evidence): void {
    this.#flags[row]! |= HAS_EVIDENCE | (protocol === 'udp' ? IS_UDP : 0) | (isProven ? IS_PROVEN : 0);
    this.#ports[row] = port;
    const other = address === source ? undefined : parsePrefix(address);
    if (other) this.#addresses.set(row, other);
  }

  #evidenceAt(row: number, source: string): Evidence | undefined {
    const flags = this.#flags[row]!;
    if (!(flags & HAS_EVIDENCE)) return undefined;
    const address = this.#addresses.has(row) ? formatPrefix(this.#addresses.get(row)) : source;
    const protocol = flags & IS_UDP ? 'udp' : 'tcp';
    const isProven = (flags & IS_PROVEN) > 0;
    return { address, protocol, port: this.#ports[row]!, ...(isProven && { isProven }) };
  }

  #originAt(row: number): BlockOrigin {
    return origins[this.#flags[row]! & ORIGIN]!;
  }

  #grow(): void {
    const { room } = this.#rows;
    for (const column of [this.#order, this.#endless, this.#ends, this.#addresses]) column.grow(room);
    this.#addedNs = grown(this.#addedNs, room);
    this.#flags = grown(this.#flags, room);
    this.#ports = grown(this.#ports, room);
  }
}

const familyOf = ({ family }: Prefix): Family => (family === 4 ? 'ipv4' : 'ipv6');

const isEndless = ({ origin, expiresNs }: Pick<Block, 'origin' | 'expiresNs'>): boolean =>
  origin === 'local' && expiresNs === undefined;
