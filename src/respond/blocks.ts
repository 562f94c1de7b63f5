import { setImmediate as nextTurn } from 'node:timers/promises';
import { SentryError } from '../errors.ts';
import type { BlockOrigin, DataPlane, KernelBlock, NewBlock } from '../kernel/data-plane.ts';
import { NS_PER_MS } from '../values/duration.ts';
import { formatPrefix, maskPrefix, type Prefix, parsePrefix } from '../values/prefix.ts';
import type { Block } from './block.ts';
import { BlockTable, type Family } from './block-table.ts';
import type { Case, Guard } from './guard.ts';
import type { Evidence } from './marks.ts';

export type { Block } from './block.ts';

/** Blocks that are looked at, or ended, in one turn of the event loop: a few milliseconds. */
const BATCH = 512;
/** Room to begin with, where nobody says better. */
const ROOM = 1024;
/** By what part of its length a block may be shorter than another and be as good. */
const NO_MATTER = 0.01;

export type BlockRequest = Pick<Block, 'prefix' | 'origin'> & {
  readonly evidence?: Evidence;
  /** Undefined: that of the block that is there, or `by hand`. */
  readonly reason: string | undefined;
  /** Undefined: until it is lifted. */
  readonly durationMs: number | undefined;
  /** The operator has said that it may be as wide as it is. */
  readonly isForced?: boolean | undefined;
};

/** What there is to be asked of the guard. */
export type Question = Pick<BlockRequest, 'prefix' | 'origin' | 'isForced'> & {
  readonly evidence?: Evidence | undefined;
};

/**
 * `displaced`: by a newer one, because the table was full. `guarded`: it turned out that it should not have been. `suspended`: rules block
 * nobody for now; the memory keeps it for when they do again.
 */
export type RemovalCause = 'expired' | 'lifted' | 'displaced' | 'guarded' | 'suspended';

export type BlockListener = {
  added(block: Block): void;
  /** A block in force got another end, origin or reason. */
  changed(block: Block): void;
  removed(block: Block, cause: RemovalCause): void;
};

/** How long a block of that source is to last, which the kernel has begun by itself for `durationMs`. */
export type Lengthen = (prefix: Prefix, durationMs: number) => number;

export type BlocksOptions = {
  /** Room for so many blocks costs nothing while they are not there; to make more takes a while. */
  readonly room?: number;
  readonly lengthen?: Lengthen;
  readonly warn?: (text: string) => void;
};

/** Where blocks are put in force. */
export type BlockPlane = Pick<DataPlane, 'nowNs' | 'block' | 'unblock' | 'readBlock' | 'forget' | 'blocks'>;

/** Every block's life: from the guard's question to its end. Enforcement and expiry are the data plane's. */
export class Blocks {
  readonly #dataPlane: BlockPlane;
  readonly #guard: Guard;
  readonly #listener: BlockListener;
  readonly #blocks: BlockTable;
  readonly #lengthen: Lengthen;
  readonly #warn: (text: string) => void;

  constructor(
    dataPlane: BlockPlane,
    guard: Guard,
    listener: BlockListener,
    { room = ROOM, lengthen = (_, durationMs) => durationMs, warn = () => {} }: BlocksOptions = {},
  ) {
    this.#blocks = new BlockTable(room);
    this.#lengthen = lengthen;
    this.#warn = warn;
    this.#dataPlane = dataPlane;
    this.#guard = guard;
    this.#listener = listener;
  }

  /**
   * Blocks, or renews: a rule never shortens a block that is there, an operator may. The block is in force when this
   * returns. Throws XS_ERR_GUARDED and XS_ERR_TABLE_FULL.
   */
  add({ prefix, origin, reason, durationMs, evidence, isForced }: BlockRequest): Block {
    const source = formatPrefix(prefix);
    const objection = this.objectionTo({ prefix, origin, evidence, isForced });
    if (objection) throw new SentryError('XS_ERR_GUARDED', `${source}: ${objection}`);

    const nowNs = this.#dataPlane.nowNs();
    const expiresNs = durationMs === undefined ? undefined : nowNs + durationMs * NS_PER_MS;
    const old = this.#inForce(prefix, nowNs) ?? this.#findStanding(prefix, evidence);
    if (old && origin === 'local' && outlasts(old.expiresNs, expiresNs)) return old;
    this.#put({ prefix, origin, expiresNs });
    if (origin === 'local') this.#dataPlane.forget(prefix); // or what led to this would lead to the next one
    const kept = { reason: reason ?? old?.reason ?? 'by hand', evidence: old?.evidence ?? evidence };
    const block = { prefix, source, origin, expiresNs, ...kept };
    return this.#remember({ ...block, addedNs: old?.addedNs ?? nowNs }, nowNs);
  }

  /**
   * Puts a block of an earlier run back in force, for the rest of its time; false when one that lasts as long is there. Throws as
   * add() does.
   */
  restore(block: Omit<Block, 'source'>): boolean {
    const { prefix, origin, expiresNs } = block;
    const source = formatPrefix(prefix);
    const objection = this.#objectionAnew(block);
    if (objection) throw new SentryError('XS_ERR_GUARDED', `${source}: ${objection}`);
    const nowNs = this.#dataPlane.nowNs();
    const old = this.#inForce(prefix, nowNs);
    if (old && outlasts(old.expiresNs, expiresNs)) return false;
    this.#put({ prefix, origin, expiresNs });
    this.#remember({ ...block, source }, nowNs);
    return true;
  }

  /**
   * Why the prefix must not be blocked; undefined when it may be. It may be a network with a guarded address in it: a packet in that
   * one's name must not lead to anything against the network.
   */
  objectionTo(question: Question): string | undefined {
    const { prefix, origin, evidence } = question;
    const sender = origin === 'local' && evidence ? parsePrefix(evidence.address) : undefined;
    return this.#guard(prefix, caseOf(question)) ?? (sender && this.#guard(sender));
  }

  /** True when the source is blocked, by itself, right now. */
  has(prefix: Prefix): boolean {
    const standing = this.#dataPlane.readBlock(prefix);
    return standing !== undefined && !hasExpired(standing, this.#dataPlane.nowNs());
  }

  /**
   * True when the source is blocked, by itself, for as long as a block from now on would last, or nearly: another rule that its latest probes
   * fulfil has nothing to add, and the kernel's own event of that block may be yet to come.
   */
  lasts(prefix: Prefix, durationMs: number | undefined): boolean {
    const standing = this.#dataPlane.readBlock(prefix);
    const nowNs = this.#dataPlane.nowNs();
    if (!standing || hasExpired(standing, nowNs)) return false;
    if (standing.expiresNs === undefined) return true;
    return durationMs !== undefined && standing.expiresNs >= nowNs + durationMs * NS_PER_MS * (1 - NO_MATTER);
  }

  /** What is known of a block in force. */
  get(prefix: Prefix): Block | undefined {
    return this.#inForce(prefix, this.#dataPlane.nowNs());
  }

  /** Blocks in force that hold all of the prefix, the narrowest first. */
  covering(prefix: Prefix): Block[] {
    const nowNs = this.#dataPlane.nowNs();
    const lengths = Array.from({ length: prefix.length + 1 }, (_, index) => prefix.length - index);
    return lengths.flatMap((length) => {
      const around = maskPrefix(prefix, length);
      return this.#inForce(around, nowNs) ?? this.#findStanding(around) ?? [];
    });
  }

  /**
   * Takes over a block that the kernel has put in force by itself, unless it has been lifted since. Answers the guard's objection when
   * there is one: then the block has ended already. The kernel knows what was guarded a second ago.
   */
  adopt(prefix: Prefix, reason: string, evidence?: Evidence): string | undefined {
    const standing = this.#dataPlane.readBlock(prefix);
    if (!standing) return undefined;
    const isKnown = this.#inForce(prefix, this.#dataPlane.nowNs()) !== undefined;
    const objection = isKnown ? undefined : this.#objectionAnew({ ...standing, evidence });
    if (objection === undefined) this.#rememberStanding(standing, reason, evidence);
    else this.#dataPlane.unblock(prefix);
    return objection;
  }

  /**
   * Asks the guard once more about the block of a source that has turned out to be connected. Answers the objection when there was
   * one: then the block has ended.
   */
  reconsider(prefix: Prefix): string | undefined {
    const block = this.get(prefix);
    if (block?.origin !== 'local') return undefined;
    const objection = this.objectionTo(block);
    if (objection !== undefined) this.#end(block, 'guarded');
    return objection;
  }

  /** Ends a block of that source which has expired, without waiting for the sweep. */
  settle(prefix: Prefix): void {
    if (this.#hasEnded(prefix, this.#dataPlane.nowNs())) this.#endExpired(this.#blocks.get(prefix)!);
  }

  /**
   * Finds blocks in the kernel that nobody has told of, or that last longer than is known: takes over those in force, clears away
   * those that have expired or must not be. `reasonOf` answers the reason by the number of the rule, `evidenceOf` what is left to
   * know of the probe. Lets others have their turn while it walks.
   */
  async reconcile(
    reasonOf: (rule: number | undefined) => string,
    evidenceOf: (standing: KernelBlock) => Evidence | undefined = () => undefined,
  ): Promise<void> {
    let walked = 0;
    for (const seen of this.#dataPlane.blocks()) {
      if (++walked % BATCH === 0) await nextTurn();
      const nowNs = this.#dataPlane.nowNs();
      const endNs = this.#blocks.endOf(seen.prefix);
      const lastsAsKnown = endNs !== undefined && endNs >= (seen.expiresNs ?? Number.POSITIVE_INFINITY);
      if (lastsAsKnown && endNs > nowNs) continue;
      const standing = this.#dataPlane.readBlock(seen.prefix); // as it is now: it may have been seen some turns ago
      if (!standing) continue;
      const evidence = this.get(standing.prefix)?.evidence ?? evidenceOf(standing);
      if (!hasExpired(standing, nowNs) && !this.#objectionAnew({ ...standing, evidence })) {
        this.#rememberStanding(standing, reasonOf(standing.rule), evidence);
      } else if (endNs === undefined) {
        this.#dataPlane.unblock(standing.prefix);
      }
    }
  }

  /** Lifts a block before its time. Throws XS_ERR_NOT_BLOCKED. */
  lift(prefix: Prefix): Block {
    const block = this.#inForce(prefix, this.#dataPlane.nowNs()) ?? this.#findStanding(prefix);
    if (!block) throw new SentryError('XS_ERR_NOT_BLOCKED', formatPrefix(prefix));
    this.#end(block, 'lifted');
    return block;
  }

  /** Ends a block for as long as rules block nobody. Throws XS_ERR_NOT_BLOCKED. */
  suspend(prefix: Prefix): void {
    const block = this.#inForce(prefix, this.#dataPlane.nowNs());
    if (!block) throw new SentryError('XS_ERR_NOT_BLOCKED', formatPrefix(prefix));
    this.#end(block, 'suspended');
  }

  /**
   * Tidies up what has expired, some in each call; true when there is more. The kernel let go of it on time: this only makes room
   * and tells.
   */
  sweep(): boolean {
    const nowNs = this.#dataPlane.nowNs();
    for (let count = 0; count < BATCH; count++) {
      const block = this.#blocks.ended(nowNs);
      if (!block) return false;
      this.#endExpired(block);
    }
    return this.#blocks.ended(nowNs) !== undefined;
  }

  /** Blocks in force, and those that have expired since the last sweep. */
  get size(): number {
    return this.#blocks.size;
  }

  /** The same of one origin and family. */
  count(origin: BlockOrigin, family: Family): number {
    return this.#blocks.count(origin, family);
  }

  /** Blocks in force, oldest first. */
  *[Symbol.iterator](): IterableIterator<Block> {
    const nowNs = this.#dataPlane.nowNs();
    for (const block of this.#blocks) if (!hasExpired(block, nowNs)) yield block;
  }

  /** The same in small portions, with turns of the event loop in between: there may be a million. Meanwhile they come and go. */
  async *inPortions(): AsyncIterableIterator<Block[]> {
    const places = this.#blocks.places();
    for (let at = 0; at < places.length; at += BATCH) {
      const nowNs = this.#dataPlane.nowNs();
      yield [...places.subarray(at, at + BATCH)].flatMap((place) => {
        const block = this.#blocks.at(place);
        return block && !hasExpired(block, nowNs) ? block : [];
      });
      await nextTurn();
    }
  }

  /**
   * Blocks that end make room by themselves. Those of rules that never do would, once a flood of forged sources has filled the
   * table, keep everybody else from being blocked for ever: the oldest of them makes room.
   */
  #put(block: NewBlock): void {
    try {
      this.#dataPlane.block(block);
    } catch (error) {
      const oldest = isFull(error) && block.origin === 'local' ? this.#blocks.oldestEndless : undefined;
      if (!oldest) throw error;
      this.#dataPlane.unblock(oldest.prefix);
      this.#blocks.delete(oldest.prefix);
      this.#listener.removed(oldest, 'displaced');
      this.#dataPlane.block(block);
    }
  }

  #end(block: Block, cause: RemovalCause): void {
    this.#dataPlane.forget(block.prefix); // or the next probe would find all that it takes for another block
    this.#dataPlane.unblock(block.prefix);
    this.#blocks.delete(block.prefix);
    this.#listener.removed(block, cause);
  }

  /** A block that is in force in the kernel, whether or not its event has come. One that must not be ends here. */
  #findStanding(prefix: Prefix, evidence?: Evidence): Block | undefined {
    const standing = this.#dataPlane.readBlock(prefix);
    if (!standing || hasExpired(standing, this.#dataPlane.nowNs())) return undefined;
    if (this.#objectionAnew({ ...standing, evidence }) === undefined) {
      return this.#rememberStanding(standing, 'a rule', evidence);
    }
    this.#dataPlane.unblock(prefix);
    return undefined;
  }

  /** The guard's, to a block that is there, or was in an earlier run: an operator must have insisted on it if it is too wide. */
  #objectionAnew(block: Omit<Question, 'isForced'>): string | undefined {
    return this.objectionTo({ ...block, isForced: block.origin === 'operator' });
  }

  /** What an operator has blocked keeps the operator's reason. */
  #rememberStanding(standing: KernelBlock, reason: string, found?: Evidence): Block {
    const { prefix, origin, addedNs } = standing;
    const source = formatPrefix(prefix);
    const old = this.#inForce(prefix, this.#dataPlane.nowNs());
    const expiresNs = old ? standing.expiresNs : this.#lengthened(standing);
    const kept = old && old.origin !== 'local' ? old.reason : reason;
    const evidence = old?.evidence ?? found;
    return this.#remember({ prefix, source, origin, reason: kept, addedNs, expiresNs, evidence }, addedNs);
  }

  /** The kernel knows how long a rule blocks for the first time; whoever comes back is its controller's affair. Answers its end. */
  #lengthened({ prefix, origin, addedNs, expiresNs }: KernelBlock): number | undefined {
    if (origin !== 'local' || expiresNs === undefined) return expiresNs;
    const firstMs = (expiresNs - addedNs) / NS_PER_MS;
    const durationMs = this.#lengthen(prefix, firstMs);
    if (durationMs <= firstMs) return expiresNs;
    const laterNs = addedNs + durationMs * NS_PER_MS;
    try {
      this.#dataPlane.block({ prefix, origin, expiresNs: laterNs });
      return laterNs;
    } catch (error) {
      if (!isFull(error)) throw error; // it may have no memory for another entry, which takes the place of this one
      this.#warn(`${formatPrefix(prefix)} is blocked no longer than the first time: ${error.message}`);
      return expiresNs;
    }
  }

  #inForce(prefix: Prefix, nowNs: number): Block | undefined {
    return this.#hasEnded(prefix, nowNs) ? undefined : this.#blocks.get(prefix);
  }

  #hasEnded(prefix: Prefix, nowNs: number): boolean {
    const endNs = this.#blocks.endOf(prefix);
    return endNs !== undefined && endNs <= nowNs;
  }

  /** A block that follows on an expired one is a block of its own. */
  #remember(block: Block, nowNs: number): Block {
    const old = this.#blocks.get(block.prefix);
    const hasEnded = old !== undefined && hasExpired(old, nowNs);
    this.#blocks.set(block);
    if (hasEnded) this.#listener.removed(old, 'expired');
    if (!old || hasEnded) this.#listener.added(block);
    else if (isOtherwise(block, old)) this.#listener.changed(block);
    return block;
  }

  /** The kernel may have renewed it meanwhile by an instant rule: then that one stays, and its event is on the way. */
  #endExpired(block: Block): void {
    const standing = this.#dataPlane.readBlock(block.prefix);
    if (standing && hasExpired(standing, this.#dataPlane.nowNs())) this.#dataPlane.unblock(block.prefix);
    this.#blocks.delete(block.prefix);
    this.#listener.removed(block, 'expired');
  }
}

/**
 * What the guard is told of a block, whichever way it comes. For one of a rule speak packets, which anybody may have sent unless the
 * evidence says otherwise; a person knows whom he means.
 */
const caseOf = ({ origin, evidence, isForced }: Question): Case => ({
  isForced,
  isSpoofable: origin === 'local' && !evidence?.isProven,
});

const isFull = (error: unknown): error is SentryError =>
  error instanceof SentryError && error.code === 'XS_ERR_TABLE_FULL';

const hasExpired = ({ expiresNs }: Pick<Block, 'expiresNs'>, nowNs: number): boolean =>
  expiresNs !== undefined && expiresNs <= nowNs;

const isOtherwise = (a: Block, b: Block): boolean =>
  a.expiresNs !== b.expiresNs || a.origin !== b.origin || a.reason !== b.reason;

/** True when `first` ends no earlier than `second`. */
const outlasts = (first: number | undefined, second: number | undefined): boolean =>
  first === undefined || (second !== undefined && first >= second);
