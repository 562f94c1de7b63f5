import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { SentryError } from '../errors.ts';
import type { DataPlane } from '../kernel/data-plane.ts';
import type { SentryEvent } from '../report/event.ts';
import type { PackedExempt } from '../respond/list-guard.ts';
import { NS_PER_MS } from '../values/duration.ts';
import type { Prefix } from '../values/prefix.ts';
import { MAX_LISTS } from '../values/prefix-columns.ts';
import { plainly } from '../values/system-error.ts';
import { stampOf } from './file.ts';
import type { Validators } from './http.ts';
import { List, type ListSpec } from './list.ts';
import type { Loaded, LoadJob, LoadPlace, LoadResult } from './load.ts';
import { Slots } from './slots.ts';
import { type ListStatus, statusOf } from './status.ts';
import { Turns } from './turns.ts';

/** What the configuration says of lists. */
export type ListPolicy = {
  readonly lists: readonly ListSpec[];
  /** Whether those keep anybody out; what a person asks for does anyway. */
  readonly isEnforcing: boolean;
  /** Directory of the last good copies; undefined: none are kept. */
  readonly cache: string | undefined;
};

export type ListKeeperParts = ListPolicy & {
  readonly dataPlane: Pick<DataPlane, 'setLists' | 'listDrops' | 'nowNs'>;
  readonly load: (job: LoadJob) => Promise<LoadResult>;
  /** What the guard goes by at that moment. */
  readonly exempt: () => Promise<PackedExempt>;
  readonly tell: (event: SentryEvent) => void;
  /** From 0 to 1. */
  readonly random?: () => number;
};

/** Lists of one kind that are loaded at one time: each takes memory until it is in force. */
const LOADS_AT_ONCE = 4;

/** Pauses differ by so much at most, or all hosts that start together ask a server at the same moment for ever. */
const JITTER = 0.1;

/**
 * Block lists: loads them, keeps them fresh, puts each in force as a whole and lets it go. A list that cannot be loaded stays as
 * it was.
 */
export class ListKeeper {
  readonly #parts: ListKeeperParts;
  #policy: ListPolicy;
  readonly #slots: Slots;
  readonly #lists = new Map<string, List>();
  /** Files do not wait for servers. */
  readonly #local = new Turns(LOADS_AT_ONCE);
  readonly #remote = new Turns(LOADS_AT_ONCE);
  /** What is under way, by the name of the list: one thing at a time. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(parts: ListKeeperParts) {
    this.#parts = parts;
    this.#policy = parts;
    this.#slots = new Slots(parts.dataPlane);
    for (const spec of parts.lists) {
      const slot = parts.isEnforcing ? this.#slots.take() : undefined;
      this.#lists.set(spec.name, new List(spec, 'config', slot));
    }
  }

  /** Begins to load the lists of the configuration, those from the network first as they were kept. */
  start(): void {
    for (const list of this.#lists.values()) this.#unlessBusy(list, () => this.#loadFirst(list));
  }

  /** Resolves when what `start()` has begun is over, well or not; after `ms` at the latest. */
  async firstLoads(ms: number): Promise<void> {
    const timeout = new AbortController();
    const late = sleep(ms, undefined, { signal: timeout.signal }).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.#underWay.values()), late]);
    timeout.abort();
  }

  /**
   * Goes by another configuration from now on: its new lists are loaded, those that it has no more are let go; one that it says otherwise
   * stays in force as it is until it is loaded anew. What a person has asked for stays.
   */
  renew(next: ListPolicy): void {
    this.#policy = next;
    const named = new Set(next.lists.map(({ name }) => name));
    for (const list of this.#lists.values()) {
      if (list.origin === 'config' && !named.has(list.spec.name)) list.drop();
    }
    for (const spec of next.lists) {
      const old = this.#lists.get(spec.name);
      if (old && isDeepStrictEqual(old.spec, spec) && !(old.isGone && old.isDropped)) {
        old.keep();
        continue;
      }
      const list = new List(spec, 'config', old?.handOver());
      this.#lists.set(spec.name, list);
      if (!old) this.#unlessBusy(list, () => this.#loadFirst(list));
    }
    this.look();
  }

  /** Throws XS_ERR_LISTS_FULL and XS_ERR_LIST_NAME when renew() could not do what is asked of it. */
  check({ lists }: ListPolicy): void {
    const byHand = [...this.#lists.values()].filter(({ origin }) => origin === 'operator');
    const twice = byHand.find(({ spec }) => lists.some(({ name }) => name === spec.name));
    if (twice) throw new SentryError('XS_ERR_LIST_NAME', `${twice.spec.name} was put in force by hand`);
    if (byHand.length + lists.length > MAX_LISTS)
      throw new SentryError('XS_ERR_LISTS_FULL', `with ${byHand.length} that were put in force by hand`);
  }

  /** Begins to load what is due, and to let go what is over. To be called again and again. */
  look(): void {
    for (const list of this.#lists.values()) this.#unlessBusy(list, () => this.#lookAt(list));
  }

  #lookAt(list: List): Promise<void> {
    if (list.isOver(this.#nowNs())) return this.#expire(list);
    if (list.origin === 'operator') return this.#loadIfDue(list);
    const { isEnforcing } = this.#policy;
    if (!isEnforcing && list.slot !== undefined) return this.#release(list);
    if (isEnforcing && list.slot === undefined) return this.#loadFirst(list);
    return this.#loadIfDue(list);
  }

  /** What there is, in the order in which it came. */
  status(): ListStatus[] {
    const drops = this.#slots.drops();
    return [...this.#lists.values()].map((list) => statusOf(list, drops));
  }

  /** Lists in force that hold all of the prefix, and by which network. */
  covering(prefix: Prefix): { readonly name: string; readonly entry: Prefix }[] {
    return [...this.#lists.values()].flatMap(({ slot, spec: { name } }) => {
      const entry = slot === undefined ? undefined : this.#slots.find(slot, prefix);
      return entry ? { name, entry } : [];
    });
  }

  /**
   * Puts a list in force for a person, in place of the one that he had of that name, if any. Rejects with XS_ERR_LIST_NAME when
   * the configuration has it, XS_ERR_LISTS_FULL, and XS_ERR_LIST when it cannot be read; then everything is as before.
   */
  put(spec: ListSpec, durationMs: number | undefined): Promise<ListStatus> {
    return this.#inTurn(spec.name, async () => {
      const old = this.#lists.get(spec.name);
      if (old?.origin === 'config') {
        throw new SentryError('XS_ERR_LIST_NAME', `${spec.name} is a list of the configuration`);
      }
      const list = old ?? new List(spec, 'operator', this.#takeSlot());
      try {
        const place = placeOf(spec, {}, undefined);
        await this.#enforce(list, place, await this.#read(spec, place), () => {
          list.spec = spec;
          list.lastUntil(durationMs === undefined ? undefined : this.#nowNs() + durationMs * NS_PER_MS);
          this.#lists.set(spec.name, list);
        });
        if (list.isGone) throw new Error('it was let go meanwhile');
      } catch (error) {
        if (!old) await this.#slots.free(list.slot!);
        if (error instanceof SentryError) throw error;
        throw new SentryError('XS_ERR_LIST', `${spec.name}: ${list.source}: ${plainly(error)}`, {
          cause: error,
        });
      }
      return statusOf(list, this.#slots.drops());
    });
  }

  /**
   * Lets a list go. One of the configuration comes back with the next start. Rejects with XS_ERR_NO_LIST, and with
   * XS_ERR_LIST_STAYS when the data plane has no room for a table without it; then everything is as before.
   */
  async letGo(name: string): Promise<void> {
    const list = this.#lists.get(name);
    if (!list || list.isGone) throw new SentryError('XS_ERR_NO_LIST', name);
    try {
      await this.#end(list, 'lifted');
    } catch (error) {
      throw new SentryError('XS_ERR_LIST_STAYS', `${name}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** From now on nothing counts of what is still under way. Resolves when that is over, too; nobody need wait for it. */
  async stop(): Promise<void> {
    for (const list of this.#lists.values()) list.isGone = true;
    await Promise.all(this.#underWay.values());
  }

  async #end(list: List, cause: 'expired' | 'lifted'): Promise<void> {
    list.isGone = true; // what is under way comes too late from now on
    try {
      await this.#freeSlotOf(list);
    } catch (error) {
      list.isGone = false; // it is in force still, and nobody must lose sight of it
      throw error;
    }
    list.forget();
    const { name } = list.spec;
    if ((list.origin === 'operator' || list.isDropped) && this.#lists.get(name) === list)
      this.#lists.delete(name);
    this.#parts.tell({ event: 'list_ended', list: list.spec.name, cause });
  }

  /** Whoever gets this list's name meanwhile does not get the place that is on its way out; but it stays with the name when that fails. */
  async #freeSlotOf(list: List): Promise<void> {
    const { slot } = list;
    if (slot === undefined) return;
    list.isLeaving = true;
    try {
      await this.#slots.free(slot);
      list.slot = undefined;
    } catch (error) {
      const heir = this.#lists.get(list.spec.name) ?? list;
      if (heir.slot === undefined) heir.fill(slot);
      throw error;
    } finally {
      list.isLeaving = false;
    }
  }

  /** It is read on, and keeps nobody out any more. */
  async #release(list: List): Promise<void> {
    if (!list.mayEnd(this.#nowNs())) return;
    try {
      await this.#freeSlotOf(list);
    } catch (error) {
      const text = `it keeps sources out still: ${(error as Error).message}`;
      this.#tellFailure(list, text, list.failToEnd(text, this.#nowNs()));
    }
  }

  async #expire(list: List): Promise<void> {
    try {
      await this.#end(list, list.isDropped ? 'lifted' : 'expired');
    } catch (error) {
      const text = `its time is over, and it cannot be let go: ${(error as Error).message}`;
      this.#tellFailure(list, text, list.failToEnd(text, this.#nowNs()));
    }
  }

  /** A list that is new, or is to be in force from now on. */
  async #loadFirst(list: List): Promise<void> {
    if (this.#policy.isEnforcing && list.slot === undefined) {
      const slot = this.#slots.take();
      if (slot === undefined) return; // there is none before those that go have gone
      list.fill(slot);
    }
    const { source } = list.spec;
    const cache = this.#cacheOf(list);
    if (source.kind === 'url' && cache !== undefined) {
      const place = { kind: 'cache', url: source.url, cache } as const;
      try {
        await this.#enforce(list, place, await this.#read(list.spec, place));
      } catch (error) {
        this.#warn(`list ${list.spec.name}: the copy in ${cache} is of no use: ${plainly(error)}`);
      }
    }
    await this.#loadIfDue(list);
  }

  async #loadIfDue(list: List): Promise<void> {
    const { spec } = list;
    if (spec.source.kind === 'file' && list.origin === 'config') {
      const stamp = await stampOf(spec.source.path);
      list.sawFile(stamp);
      if (list.isDue(this.#nowNs())) list.beginFile(stamp);
    }
    if (!list.isDue(this.#nowNs()) || list.isGone) return;
    const place = placeOf(spec, list.validators, this.#cacheOf(list));
    try {
      const result = await this.#read(spec, place);
      if (result === 'unchanged') list.confirm(this.#nowNs(), this.#jitter());
      else await this.#enforce(list, place, result);
    } catch (error) {
      this.#fail(list, plainly(error));
    }
  }

  async #read({ format, maxBytes }: ListSpec, place: LoadPlace): Promise<LoadResult> {
    const turns = place.kind === 'url' ? this.#remote : this.#local;
    return await turns.run(async () => {
      return await this.#parts.load({ place, format, maxBytes, exempt: await this.#parts.exempt() });
    });
  }

  /** Puts in force what was read. `then` is done once it is, before anybody is told. */
  async #enforce(list: List, place: LoadPlace, result: LoadResult, then = () => {}): Promise<void> {
    if (list.isGone || typeof result === 'string') return;
    if (list.slot !== undefined) await this.#slots.put(list.slot, result.columns);
    if (list.isGone) return;
    then();
    list.accept(result, place.kind, this.#nowNs(), this.#jitter());
    this.#parts.tell(loadedEvent(list, result));
    if (result.unkept !== undefined && result.unkept !== list.unkept) {
      this.#warn(
        `list ${list.spec.name}: no copy of it is kept in ${this.#policy.cache} for the next start: ${result.unkept}`,
      );
    }
    list.unkept = result.unkept;
  }

  #fail(list: List, text: string): void {
    if (list.isGone) return;
    this.#tellFailure(list, text, list.fail(text, this.#nowNs(), this.#jitter()));
  }

  #tellFailure(list: List, text: string, pauseMs: number): void {
    this.#parts.tell({
      event: 'list_failed',
      list: list.spec.name,
      source: list.source,
      text,
      isKept: list.facts !== undefined,
      retrySeconds: Math.round(pauseMs / 1000),
    });
  }

  #takeSlot(): number {
    const slot = this.#slots.take();
    if (slot === undefined) throw new SentryError('XS_ERR_LISTS_FULL', `there are ${MAX_LISTS} lists`);
    return slot;
  }

  #cacheOf({ spec }: List): string | undefined {
    return this.#policy.cache === undefined ? undefined : join(this.#policy.cache, spec.name);
  }

  #unlessBusy(list: List, step: () => Promise<void>): void {
    if (list.isGone || this.#underWay.has(list.spec.name)) return;
    this.#inTurn(list.spec.name, step).catch((error: Error) => {
      this.#warn(`list ${list.spec.name}: ${error.message}`);
    });
  }

  #inTurn<T>(name: string, step: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(name) ?? Promise.resolve();
    const done = before.then(step);
    const settled = done
      .catch(() => undefined)
      .then(() => {
        if (this.#underWay.get(name) === settled) this.#underWay.delete(name);
      });
    this.#underWay.set(name, settled);
    return done;
  }

  #warn(text: string): void {
    this.#parts.tell({ event: 'warning', text });
  }

  #nowNs(): number {
    return this.#parts.dataPlane.nowNs();
  }

  /** Around 1. */
  #jitter(): number {
    const random = this.#parts.random ?? Math.random;
    return 1 + JITTER * (2 * random() - 1);
  }
}

const placeOf = ({ source }: ListSpec, validators: Validators, cache: string | undefined): LoadPlace =>
  source.kind === 'file' ? source : { kind: 'url', url: source.url, validators, cache };

function loadedEvent(list: List, { facts }: Loaded): SentryEvent {
  const { ipv4, ipv6, repeated, skipped, bad, badLines, skippedLines } = facts;
  return {
    event: 'list_loaded',
    list: list.spec.name,
    origin: list.origin,
    source: list.source,
    from: list.from!,
    isEnforced: list.slot !== undefined,
    ipv4,
    ipv6,
    repeated,
    skipped,
    bad,
    remarks: [...skippedLines, ...badLines].map(({ line, text }) => `line ${line}: ${text}`),
  };
}
