import { setImmediate as nextTurn } from 'node:timers/promises';
import { NS_PER_MS } from '../values/duration.ts';
import { grown } from '../values/grown.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import { PrefixRows } from '../values/prefix-rows.ts';
import { RowOrder } from '../values/row-order.ts';
import type { Block } from './block.ts';
import type { RemovalCause } from './blocks.ts';

/** How much longer who comes back is blocked. */
export type Escalation = {
  /** Each block lasts so many times as long as the one before. */
  readonly factor: number;
  /** And never longer than this; a rule that blocks for longer by itself does. */
  readonly capMs: number;
  /** Nor longer than this as long as the source may be forged. */
  readonly unprovenCapMs: number;
  /** An offender is forgotten so long after the end of its last block. */
  readonly forgetAfterMs: number;
};

/** How often rules have blocked a source; `untilNs` is the end of the last block, boot time, Infinity without one. */
export type Offence = { readonly source: string; readonly count: number; readonly untilNs: number };

export type OffencesParts = {
  /** Undefined: every block lasts as long as its rule says. */
  readonly escalation: Escalation | undefined;
  /** Offenders that are remembered; then one that was not blocked for longest is forgotten. */
  readonly capacity: number;
  readonly nowNs: () => number;
  /** Whether the source, given by its text, has proved that its address is its own. */
  readonly isProven: (source: string) => boolean;
  /** What is known of the source now; undefined: nothing any more. */
  readonly changed: (source: string, offence: Offence | undefined) => void;
};

const ROOM = 1024;
/** Rows that are looked at in one turn of the event loop. */
const PORTION = 1024;
/** What a byte holds: no factor above 1 needs more steps to get from a second to ten years. */
const MAX_COUNT = 255;

/**
 * Who was blocked before. An offence is a block by a rule, from its beginning to its end: what renews or lengthens it meanwhile is
 * the same one. A block that should not have been is none. Who is let in by hand has committed none at all. There may be a million offenders,
 * so they lie in columns, some 50 bytes each.
 */
export class Offences {
  readonly #parts: OffencesParts;
  #escalation: Escalation | undefined;
  readonly #rows = new PrefixRows(ROOM);
  /** Those that were blocked last come last. */
  readonly #order = new RowOrder(ROOM);
  #counts = new Uint8Array(ROOM);
  #untilNs = new Float64Array(ROOM);
  #forgotten = 0;

  constructor(parts: OffencesParts) {
    this.#parts = parts;
    this.#escalation = parts.escalation;
  }

  /** Blocks that begin from now on last by this one; who is remembered stays so. */
  renew(escalation: Escalation | undefined): void {
    this.#escalation = escalation;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Offenders that have made room for others, ever. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** How long a block of that source lasts, which begins now and would last `durationMs` the first time. */
  durationMs(prefix: Prefix, durationMs: number): number {
    const { nowNs } = this.#parts;
    const escalation = this.#escalation;
    const row = this.#rows.find(prefix);
    if (!escalation || row === undefined) return durationMs;
    const isBlocked = this.#untilNs[row]! > nowNs(); // then this belongs to the last one
    const before = this.#isOver(row) ? 0 : this.#counts[row]! - (isBlocked ? 1 : 0);
    return Math.max(
      durationMs,
      Math.min(this.#capMs(prefix, escalation), durationMs * escalation.factor ** before),
    );
  }

  #capMs(prefix: Prefix, { capMs, unprovenCapMs }: Escalation): number {
    if (unprovenCapMs >= capMs || this.#parts.isProven(formatPrefix(prefix))) return capMs;
    return unprovenCapMs;
  }

  /** A rule has blocked the source, or its block has another end. */
  blocked({
    prefix,
    source,
    origin,
    expiresNs,
  }: Pick<Block, 'prefix' | 'source' | 'origin' | 'expiresNs'>): void {
    if (!this.#escalation || origin !== 'local') return;
    const untilNs = expiresNs ?? Number.POSITIVE_INFINITY;
    const row = this.#rows.find(prefix);
    const isNew = row === undefined || this.#isOver(row);
    const isBlocked = row !== undefined && this.#untilNs[row]! > this.#parts.nowNs();
    const count = isNew ? 1 : this.#counts[row]! + (isBlocked ? 0 : 1);
    this.#set(prefix, Math.min(count, MAX_COUNT), untilNs);
    this.#parts.changed(source, { source, count: Math.min(count, MAX_COUNT), untilNs });
  }

  /** A block has ended before its time: lifted by hand or by the guard, or displaced by another. */
  ended({ prefix, source }: Pick<Block, 'prefix' | 'source'>, cause: RemovalCause): void {
    const row = this.#rows.find(prefix);
    if (row === undefined || cause === 'expired' || cause === 'suspended') return;
    const count = this.#counts[row]! - (cause === 'guarded' ? 1 : 0);
    if (cause === 'lifted' || count === 0) {
      this.#delete(row);
      this.#parts.changed(source, undefined);
      return;
    }
    this.#counts[row] = count;
    this.#untilNs[row] = this.#parts.nowNs();
    this.#parts.changed(source, { source, count, untilNs: this.#untilNs[row]! });
  }

  /** One of an earlier run. What is known of the source already counts. */
  recall(prefix: Prefix, { count, untilNs }: Pick<Offence, 'count' | 'untilNs'>): void {
    if (this.#escalation && this.#rows.find(prefix) === undefined)
      this.#set(prefix, Math.min(count, MAX_COUNT), untilNs);
  }

  /** All that are remembered, in small portions, with turns of the event loop in between. Meanwhile they come and go. */
  async *inPortions(): AsyncIterableIterator<Offence[]> {
    for (let at = 0; at < this.#rows.room; at += PORTION) {
      const portion: Offence[] = [];
      for (let row = at; row < Math.min(at + PORTION, this.#rows.room); row++) {
        if (!this.#rows.has(row)) continue;
        const source = formatPrefix(this.#rows.prefixOf(row));
        portion.push({ source, count: this.#counts[row]!, untilNs: this.#untilNs[row]! });
      }
      if (portion.length > 0) yield portion;
      await nextTurn();
    }
  }

  #isOver(row: number): boolean {
    const forgetAfterMs = this.#escalation?.forgetAfterMs ?? 0;
    return this.#untilNs[row]! + forgetAfterMs * NS_PER_MS <= this.#parts.nowNs();
  }

  #set(prefix: Prefix, count: number, untilNs: number): void {
    const old = this.#rows.find(prefix);
    if (old !== undefined) this.#order.remove(old);
    else if (this.#rows.size >= this.#parts.capacity) this.#forgetOldest();
    const row = old ?? this.#rows.add(prefix);
    if (this.#rows.room > this.#counts.length) this.#grow();
    this.#order.append(row);
    this.#counts[row] = count;
    this.#untilNs[row] = untilNs;
  }

  #forgetOldest(): void {
    const row = this.#order.first!;
    const source = formatPrefix(this.#rows.prefixOf(row));
    if (!this.#isOver(row)) this.#forgotten++;
    this.#delete(row);
    this.#parts.changed(source, undefined);
  }

  #delete(row: number): void {
    this.#order.remove(row);
    this.#rows.delete(row);
  }

  #grow(): void {
    const { room } = this.#rows;
    this.#order.grow(room);
    this.#counts = grown(this.#counts, room);
    this.#untilNs = grown(this.#untilNs, room);
  }
}
