import { NS_PER_MS } from '../values/duration.ts';
import type { Loaded, LoadPlace } from './load.ts';
import type { ListFacts, ListFormat } from './reading.ts';
import { shownUrl } from './url.ts';

/** Where a list comes from. */
export type ListSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string; readonly refreshMs: number };

/** A list that somebody wants to be in force. */
export type ListSpec = {
  readonly name: string;
  readonly source: ListSource;
  /** Undefined: its first line tells. */
  readonly format: ListFormat | undefined;
  readonly maxBytes: number;
};

/** Who wants a list: the configuration, or a person, as long as the sentry runs. */
export type ListOrigin = 'config' | 'operator';

export const loadResults = ['loaded', 'unchanged', 'failed'] as const;
export type LoadResultName = (typeof loadResults)[number];

/** First pause after a failure; each further one doubles it, up to the time between two refreshes. */
const FIRST_RETRY_MS = 30_000;
/** A file that cannot be put in force is tried again this seldom at least, whether it changes or not. */
const LONGEST_FILE_RETRY_MS = 3_600_000;

/** Looks at which a file was never the same, after which it is read nevertheless: whoever writes all the time would never be heard. */
const MAX_RESTLESS_LOOKS = 10;

/** Pause before a list that is over is tried to be let go again: somebody may wait for it. */
const END_RETRY_MS = 60_000;

/** One list: what is known of it, and when it is to be loaded. Times are boot time in nanoseconds unless they say otherwise. */
export class List {
  readonly origin: ListOrigin;
  spec: ListSpec;
  /** Place in the data plane; undefined: it is not to be in force (observing, or let go). */
  slot: number | undefined;
  /** Undefined: until it is let go. */
  expiresNs: number | undefined;
  /** When it is to be let go next, after that has failed. */
  #endsNs = 0;
  /** It is being let go, or was: what is still under way does not count. */
  isGone = false;
  /** Its place in the data plane is being freed. */
  isLeaving = false;
  /** The configuration has it no more. */
  isDropped = false;
  /** What is in force, or would be if it were to be; undefined: nothing yet. */
  facts: ListFacts | undefined;
  from: LoadPlace['kind'] | undefined;
  /** Wall clock: when it was put in force, and when it was last known to be the latest. */
  loadedMs: number | undefined;
  checkedMs: number | undefined;
  /** Why the last try failed; undefined: it did not. */
  error: string | undefined;
  /** Why no copy was kept the last time: what is in force is then newer than the copy, if there is one. */
  unkept: string | undefined;
  #validators: Loaded['validators'] = {};
  readonly loads: Record<LoadResultName, number> = { loaded: 0, unchanged: 0, failed: 0 };
  /** When it is to be loaded next; undefined: when its file changes. */
  dueNs: number | undefined = 0;
  #failures = 0;
  /** Of the file: how it looked last, and when it was loaded last. */
  #seenStamp: string | undefined;
  /** Looks in a row at which it had changed. */
  #restlessLooks = 0;
  #loadedStamp: string | undefined;

  constructor(spec: ListSpec, origin: ListOrigin, slot: number | undefined) {
    this.spec = spec;
    this.origin = origin;
    this.slot = slot;
  }

  /** It is to be in force there, where nothing of it is yet: what it was when nobody was kept out by it counts no more. */
  fill(slot: number): void {
    this.slot = slot;
    this.facts = undefined;
    this.from = undefined;
    this.loadedMs = undefined;
    this.#validators = {}; // or the server would say that there is nothing new
    this.dueNs = 0;
  }

  /** The source for people. */
  get source(): string {
    const { source } = this.spec;
    return source.kind === 'file' ? source.path : shownUrl(source.url);
  }

  /**
   * A changed file counts once it is the same at two looks: somebody may be writing to it. One that never rests counts as
   * it is: should it be written to while it is read, the reading is refused and told of, and comes again after a pause.
   */
  sawFile(stamp: string): void {
    const isAtRest = stamp === this.#seenStamp;
    this.#seenStamp = stamp;
    this.#restlessLooks = isAtRest ? 0 : this.#restlessLooks + 1;
    if (stamp === this.#loadedStamp) this.#stayedTheSame();
    else if (isAtRest) this.dueNs = 0;
    else if (this.#restlessLooks >= MAX_RESTLESS_LOOKS) this.dueNs ??= 0;
  }

  /** Its file is about to be loaded as it is now. */
  beginFile(stamp: string): void {
    this.#seenStamp = stamp;
    this.#restlessLooks = 0;
    this.#loadedStamp = stamp;
  }

  isDue(nowNs: number): boolean {
    return this.dueNs !== undefined && this.dueNs <= nowNs;
  }

  /** It is in force as it was loaded. `jitter`: what to multiply pauses by, so that not all hosts ask at the same moment. */
  accept(
    { facts, validators, checkedMs }: Loaded,
    from: LoadPlace['kind'],
    nowNs: number,
    jitter: number,
  ): void {
    this.facts = facts;
    this.from = from;
    this.#validators = validators;
    this.loadedMs = Date.now();
    this.loads.loaded++;
    this.#succeed(nowNs, jitter, checkedMs);
  }

  /**
   * By what the server is asked whether the list has changed. When no copy of it could be kept, by nothing: that it has not changed
   * would make an older copy the latest.
   */
  get validators(): Loaded['validators'] {
    return this.unkept === undefined ? this.#validators : {};
  }

  /** From now on it lasts so long; undefined: until it is let go. */
  lastUntil(expiresNs: number | undefined): void {
    this.expiresNs = expiresNs;
    this.#endsNs = 0;
  }

  /** Its time is over, and it is to be let go now. */
  isOver(nowNs: number): boolean {
    return this.expiresNs !== undefined && this.expiresNs <= nowNs && this.mayEnd(nowNs);
  }

  /** A while after the last time that it could not be let go. */
  mayEnd(nowNs: number): boolean {
    return this.#endsNs <= nowNs;
  }

  /** The configuration has it no more: its time is over. */
  drop(): void {
    this.isDropped = true;
    this.lastUntil(0);
  }

  /** The configuration has it still, or again. */
  keep(): void {
    if (!this.isDropped) return;
    this.isDropped = false;
    this.lastUntil(undefined);
  }

  /** Another one takes its place, with what is in force there. */
  handOver(): number | undefined {
    const slot = this.isLeaving ? undefined : this.slot;
    if (!this.isLeaving) this.slot = undefined;
    this.isGone = true; // what is under way comes too late
    return slot;
  }

  /** It is over and in force still; answers in how many milliseconds it is tried again. */
  failToEnd(error: string, nowNs: number): number {
    this.error = error;
    this.#endsNs = nowNs + END_RETRY_MS * NS_PER_MS;
    return END_RETRY_MS;
  }

  /** It was let go: nothing of it is in force, and nothing is due. */
  forget(): void {
    this.isGone = true;
    this.slot = undefined;
    this.facts = undefined;
    this.error = undefined;
    this.expiresNs = undefined;
    this.dueNs = undefined;
  }

  /** What is in force is the latest. */
  confirm(nowNs: number, jitter: number): void {
    this.loads.unchanged++;
    this.#succeed(nowNs, jitter);
  }

  /** What is in force stays so; answers in how many milliseconds it is tried again. */
  fail(error: string, nowNs: number, jitter: number): number {
    this.error = error;
    this.loads.failed++;
    const { source } = this.spec;
    const longestMs = source.kind === 'url' ? source.refreshMs : LONGEST_FILE_RETRY_MS;
    const pauseMs = Math.min(longestMs, FIRST_RETRY_MS * 2 ** this.#failures++) * jitter;
    this.dueNs = nowNs + pauseMs * NS_PER_MS;
    return pauseMs;
  }

  /** Its file is what was loaded: if that is in force, it is the latest. */
  #stayedTheSame(): void {
    if (this.facts !== undefined && this.error === undefined) this.checkedMs = Date.now();
  }

  /** A copy that was kept is as old as it is: the next request is due when it would have been. */
  #succeed(nowNs: number, jitter: number, wasCheckedMs?: number): void {
    const clockMs = Date.now();
    const checkedMs = wasCheckedMs ?? clockMs;
    this.#failures = 0;
    this.error = undefined;
    this.checkedMs = checkedMs;
    const { source } = this.spec;
    const ageMs = Math.max(0, clockMs - checkedMs);
    this.dueNs = source.kind === 'url' ? nowNs + (source.refreshMs * jitter - ageMs) * NS_PER_MS : undefined;
  }
}
