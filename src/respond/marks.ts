import type { Transport } from '../detect/probe.ts';
import { NS_PER_MS } from '../values/duration.ts';
import { Eldest } from '../values/eldest.ts';
import type { Prefix } from '../values/prefix.ts';

/** The probe that decided: what responses and files need to know of it. */
export type Evidence = {
  /** The one address of the source that sent it. */
  readonly address: string;
  readonly protocol: Transport;
  readonly port: number;
  /** All that speaks against it are completed handshakes: nobody can have forged it. */
  readonly isProven?: true;
};

/**
 * A source that a rule has answered without the data plane: by its command alone, or on record only. It is "already
 * blocked" to that rule until the mark ends. Times are boot time in nanoseconds.
 */
export type Mark = {
  readonly prefix: Prefix;
  /** Text of the prefix. */
  readonly source: string;
  /** Name of the rule. */
  readonly rule: string;
  readonly by: 'command' | 'record';
  readonly evidence: Evidence;
  readonly addedNs: number;
  /** Undefined: until it is lifted. */
  readonly expiresNs: number | undefined;
};

export type NewMark = Omit<Mark, 'addedNs' | 'expiresNs'> & { readonly durationMs: number | undefined };

/** `suspended`: rules answer nobody for now. */
export type MarkEnd = 'expired' | 'lifted' | 'suspended';

export type MarkListener = {
  /** False when what the mark stands for cannot be done: then there is no mark, and the next probe tries again. */
  added(mark: Mark): boolean;
  removed(mark: Mark, cause: MarkEnd): void;
  /** The mark made room for another. What it stands for stays done. */
  forgotten(mark: Mark): void;
};

/** All marks, at most `capacity` of them: then the oldest is forgotten, for a flood of forged sources must not end all answering. */
export class Marks {
  readonly #nowNs: () => number;
  readonly #capacity: number;
  readonly #listener: MarkListener;
  readonly #marks = new Map<string, Mark>();
  readonly #eldest = new Eldest(this.#marks);
  /** Names of all rules that have marked something. */
  readonly #rules = new Set<string>();
  #forgotten = 0;

  constructor(nowNs: () => number, capacity: number, listener: MarkListener) {
    this.#nowNs = nowNs;
    this.#capacity = capacity;
    this.#listener = listener;
  }

  has(source: string, rule: string): boolean {
    const mark = this.#marks.get(keyOf(source, rule));
    return mark !== undefined && !hasExpired(mark, this.#nowNs());
  }

  /**
   * Marks the source for the rule; false when the listener could not answer it. A mark in force is renewed: it may come to
   * last longer, and nothing begins or ends, for what it stands for is done.
   */
  add({ durationMs, ...mark }: NewMark): boolean {
    const addedNs = this.#nowNs();
    const expiresNs = durationMs === undefined ? undefined : addedNs + durationMs * NS_PER_MS;
    const key = keyOf(mark.source, mark.rule);
    const old = this.#marks.get(key);
    if (old && !hasExpired(old, addedNs)) {
      if (isLater(expiresNs, old.expiresNs)) this.#marks.set(key, { ...old, expiresNs });
      return true;
    }
    this.#end(old, 'expired');
    const added = { ...mark, addedNs, expiresNs };
    if (!this.#listener.added(added)) return false;
    if (this.#marks.size >= this.#capacity) this.#forgetOldest();
    this.#marks.set(key, added);
    this.#rules.add(mark.rule);
    return true;
  }

  /** Ends all marks of the source, or those for probes of these protocols; answers how many there were. */
  lift(source: string, protocols: readonly Transport[] = ['tcp', 'udp']): number {
    const found = this.of(source).filter(({ evidence }) => protocols.includes(evidence.protocol));
    for (const mark of found) this.#end(mark, 'lifted');
    return found.length;
  }

  /** Ends all marks, for rules answer nobody for now. */
  suspend(): void {
    for (const mark of [...this]) this.#end(mark, 'suspended');
  }

  /** All marks of the source. */
  of(source: string): Mark[] {
    return [...this.#rules].flatMap((rule) => this.#marks.get(keyOf(source, rule)) ?? []);
  }

  /** Marks that made room for others, ever. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Ends that mark if its time is over, without waiting for the sweep. */
  settle(source: string, rule: string): void {
    const mark = this.#marks.get(keyOf(source, rule));
    if (mark && hasExpired(mark, this.#nowNs())) this.#end(mark, 'expired');
  }

  /** Ends those whose time is over. */
  sweep(): void {
    const nowNs = this.#nowNs();
    for (const mark of this.#marks.values()) if (hasExpired(mark, nowNs)) this.#end(mark, 'expired');
  }

  /** Marks in force, oldest first. */
  *[Symbol.iterator](): IterableIterator<Mark> {
    const nowNs = this.#nowNs();
    for (const mark of this.#marks.values()) if (!hasExpired(mark, nowNs)) yield mark;
  }

  #forgetOldest(): void {
    const key = this.#eldest.next();
    const mark = this.#marks.get(key)!;
    this.#marks.delete(key);
    this.#forgotten++;
    this.#listener.forgotten(mark);
  }

  #end(mark: Mark | undefined, cause: MarkEnd): void {
    if (!mark) return;
    this.#marks.delete(keyOf(mark.source, mark.rule));
    this.#listener.removed(mark, cause);
  }
}

const keyOf = (source: string, rule: string): string => `${source} ${rule}`;

const hasExpired = ({ expiresNs }: Mark, nowNs: number): boolean =>
  expiresNs !== undefined && expiresNs <= nowNs;

/** Of two ends; undefined is none at all. */
const isLater = (end: number | undefined, other: number | undefined): boolean =>
  other !== undefined && (end === undefined || end > other);
