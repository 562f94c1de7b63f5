import { SentryError } from '../errors.ts';
import type { BlockOrigin, DataPlane } from '../kernel/data-plane.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import type { Guard } from './guard.ts';

const NS_PER_MS = 1_000_000;

/** A block with what the kernel need not know. Times are boot time in nanoseconds. */
export type Block = {
  readonly prefix: Prefix;
  /** Text of the prefix. */
  readonly source: string;
  readonly origin: BlockOrigin;
  readonly reason: string;
  readonly addedNs: number;
  /** Undefined: until it is lifted. */
  readonly expiresNs: number | undefined;
};

export type BlockRequest = Pick<Block, 'prefix' | 'origin' | 'reason'> & {
  /** Undefined: until it is lifted. */
  readonly durationMs: number | undefined;
};

export type RemovalCause = 'expired' | 'lifted';

export type BlockListener = {
  added(block: Block): void;
  removed(block: Block, cause: RemovalCause): void;
};

/** Every block's life: from the guard's question to its end. Enforcement and expiry are the data plane's. */
export class Blocks {
  readonly #dataPlane: DataPlane;
  readonly #guard: Guard;
  readonly #listener: BlockListener;
  readonly #blocks = new Map<string, Block>();

  constructor(dataPlane: DataPlane, guard: Guard, listener: BlockListener) {
    this.#dataPlane = dataPlane;
    this.#guard = guard;
    this.#listener = listener;
  }

  /**
   * Blocks, or renews: a rule never shortens a block that is there, an operator may. The block is in force when this
   * returns. Throws XS_ERR_GUARDED and XS_ERR_TABLE_FULL.
   */
  add({ prefix, origin, reason, durationMs }: BlockRequest): Block {
    const source = formatPrefix(prefix);
    const objection = this.#guard(prefix);
    if (objection) throw new SentryError('XS_ERR_GUARDED', `${source}: ${objection}`);

    const nowNs = this.#dataPlane.nowNs();
    const expiresNs = durationMs === undefined ? undefined : nowNs + durationMs * NS_PER_MS;
    const old = this.#inForce(source, nowNs);
    if (old && origin === 'local' && outlasts(old.expiresNs, expiresNs)) return old;
    this.#dataPlane.block({ prefix, origin, expiresNs });
    return this.#remember(
      { prefix, source, origin, reason, addedNs: old?.addedNs ?? nowNs, expiresNs },
      nowNs,
    );
  }

  /** Takes over a block that the kernel has put in force by itself. */
  adopt(prefix: Prefix, reason: string): Block | undefined {
    const standing = this.#dataPlane.readBlock(prefix);
    if (!standing) return undefined;
    const source = formatPrefix(prefix);
    if (!this.#blocks.has(source)) this.#dataPlane.adopt(prefix);
    const { origin, addedNs, expiresNs } = standing;
    return this.#remember({ prefix, source, origin, reason, addedNs, expiresNs }, addedNs);
  }

  /** Lifts a block before its time. Throws XS_ERR_NOT_BLOCKED. */
  lift(prefix: Prefix): Block {
    const source = formatPrefix(prefix);
    const block = this.#inForce(source, this.#dataPlane.nowNs());
    if (!block) throw new SentryError('XS_ERR_NOT_BLOCKED', source);
    this.#remove(block, 'lifted');
    return block;
  }

  /** Tidies up what has expired. The kernel let go of it on time; this only makes room and tells. */
  sweep(): void {
    const nowNs = this.#dataPlane.nowNs();
    for (const block of this.#blocks.values()) {
      if (!hasExpired(block, nowNs)) continue;
      const standing = this.#dataPlane.readBlock(block.prefix);
      if (standing && !hasExpired(standing, nowNs)) continue; // the kernel has renewed it; its event is on the way
      this.#remove(block, 'expired');
    }
  }

  /** Blocks in force, oldest first. */
  *[Symbol.iterator](): IterableIterator<Block> {
    const nowNs = this.#dataPlane.nowNs();
    for (const block of this.#blocks.values()) if (!hasExpired(block, nowNs)) yield block;
  }

  #inForce(source: string, nowNs: number): Block | undefined {
    const block = this.#blocks.get(source);
    return block && !hasExpired(block, nowNs) ? block : undefined;
  }

  /** A renewed block is not told of again; one that follows on an expired one is a block of its own. */
  #remember(block: Block, nowNs: number): Block {
    const old = this.#blocks.get(block.source);
    const hasEnded = old !== undefined && hasExpired(old, nowNs);
    this.#blocks.delete(block.source);
    this.#blocks.set(block.source, block);
    if (hasEnded) this.#listener.removed(old, 'expired');
    if (!old || hasEnded) this.#listener.added(block);
    return block;
  }

  #remove(block: Block, cause: RemovalCause): void {
    this.#dataPlane.unblock(block.prefix);
    this.#blocks.delete(block.source);
    this.#listener.removed(block, cause);
  }
}

const hasExpired = ({ expiresNs }: Pick<Block, 'expiresNs'>, nowNs: number): boolean =>
  expiresNs !== undefined && expiresNs <= nowNs;

/** True when `first` ends no earlier than `second`. */
const outlasts = (first: number | undefined, second: number | undefined): boolean =>
  first === undefined || (second !== undefined && first >= second);
