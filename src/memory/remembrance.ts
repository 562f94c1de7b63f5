import { setTimeout as delay } from 'node:timers/promises';
import type { Aftermath } from '../aftermath.ts';
import type { Policy } from '../config/policy.ts';
import type { MemoryStatus } from '../control/protocol.ts';
import { TRAIL_KEPT_NS, type Trails } from '../detect/trails.ts';
import { SentryError } from '../errors.ts';
import { bootId } from '../host/boot.ts';
import type { SentryEvent } from '../report/event.ts';
import type { Block, Blocks } from '../respond/blocks.ts';
import type { Offence, Offences } from '../respond/offences.ts';
import { Memory } from '../store/memory/memory.ts';
import type { BlockRow, HistoryQuery, HistoryRow, OffenceRow } from '../store/memory/rows.ts';
import { DatabaseThread } from '../store/memory/thread.ts';
import type { Together } from '../together.ts';
import type { Trial } from '../trial.ts';
import { NS_PER_MS } from '../values/duration.ts';
import { campaignRow } from './campaign-row.ts';
import { historyRows } from './history-row.ts';
import { recall } from './recall.ts';
import { recallCampaign } from './recall-campaign.ts';
import { recallTrails } from './recall-trails.ts';
import { trailRow } from './trail-row.ts';

/** A disk that does not answer must not keep the sentry from watching. */
const PATIENCE_MS = 30_000;

export type RemembranceParts = {
  readonly policy: Pick<Policy, 'memory' | 'escalation' | 'tables'>;
  /** Whether rules block nobody at that moment. */
  readonly isObserving: () => boolean;
  /** The module that the thread of the database runs. */
  readonly thread: URL;
  readonly nowNs: () => number;
  readonly blocks: Pick<Blocks, 'restore' | 'inPortions'>;
  readonly offences: Pick<Offences, 'recall' | 'inPortions'>;
  readonly trails: Pick<Trails, 'of' | 'kept' | 'onProbation' | 'restore'>;
  readonly campaigns: Pick<Together, 'campaignMemory' | 'restoreCampaign'>;
  /** What an earlier run has left of trails is among them now. */
  readonly trailsRestored: () => void;
  readonly aftermath: Pick<Aftermath, 'resume' | 'endLate'>;
  readonly warn: (text: string) => void;
};

/**
 * What the sentry remembers beyond its own end, in terms of what happens to it. Until it is opened, and without a memory in the policy,
 * nothing is kept.
 */
export class Remembrance {
  readonly #trial: Pick<Trial, 'isOpen' | 'holds'>;
  #memory: Memory | undefined;

  /** What is on `trial` is not kept: it would be back after a rollback. */
  constructor(trial: Pick<Trial, 'isOpen' | 'holds'>) {
    this.#trial = trial;
  }

  /**
   * Opens the memory, and puts back in force what an earlier run has left. Resolves when that is done, or cannot be done now: then it
   * comes later, if ever.
   */
  async open(parts: RemembranceParts): Promise<void> {
    const { policy, thread, trails, campaigns, nowNs, warn } = parts;
    if (!policy.memory) return;
    const { path, keepMs, maxEntries } = policy.memory;
    const offenceMs = policy.escalation?.forgetAfterMs ?? 0;
    const boot = bootId();
    let progress = 0;
    const goesOn = () => progress++;
    const memory = new Memory({
      path,
      database: new DatabaseThread(thread, {
        path,
        keep: {
          ...{ historyMs: keepMs, historyRows: maxEntries, offenceMs },
          trailMs: TRAIL_KEPT_NS / NS_PER_MS,
          trailRows: policy.tables.sources,
        },
      }),
      now: () => ({ boot, nowNs: nowNs(), nowMs: Date.now() }),
      recall(recollection) {
        const forget = (source: string, row: BlockRow | null) => memory.setBlock(source, row);
        return recall(recollection, { ...parts, forget, goesOn });
      },
      async recallTrails(recollection) {
        const restoreCampaign = await recallCampaign(recollection, parts);
        await recallTrails(recollection, { ...parts, goesOn });
        restoreCampaign(); // not before all is read: if something cannot be, all of it comes once more
      },
      trails: {
        get kept() {
          return trails.kept;
        },
        get onProbation() {
          return trails.onProbation;
        },
        rowOf(source) {
          const facts = trails.of(source, nowNs());
          return facts && trailRow(source, facts);
        },
      },
      campaign: () => {
        const known = campaigns.campaignMemory(nowNs());
        return known && campaignRow(known, nowNs());
      },
      all: () => this.#everything(parts),
      warn,
    });
    this.#memory = memory;
    let isDone = false;
    const opened = memory.open().then(() => {
      isDone = true;
    });
    for (let seen = -1; !isDone && seen !== progress; ) {
      seen = progress;
      await Promise.race([opened, delay(PATIENCE_MS, undefined, { ref: false })]);
    }
    if (!isDone) warn(`the memory ${path} does not answer: its blocks are put in force when it does`);
  }

  /** Rules block from now on: puts in force what was left out while they did not, as soon as that can be. */
  recallAgain(): void {
    this.#memory?.recallAgain();
  }

  /** A block has begun, or is otherwise now. */
  blocked(block: Block): void {
    if (!this.#trial.holds(block)) this.#memory?.setBlock(block.source, blockRow(block));
  }

  unblocked({ source }: Pick<Block, 'source'>): void {
    this.#memory?.setBlock(source, null);
  }

  offended(source: string, offence: Offence | undefined): void {
    if (offence && this.#trial.isOpen) return;
    this.#memory?.setOffence(source, offence ? offenceRow(offence) : null);
  }

  /** `isForgotten`: what there was of it is to be known no more. */
  trailChanged(source: string, isForgotten: boolean): void {
    this.#memory?.changeTrail(source, isForgotten);
  }

  /** Resolves when all that was told so far is written, or cannot be now: for who has more to tell than may wait. */
  async written(): Promise<void> {
    await this.#memory?.written();
  }

  tell(event: SentryEvent): void {
    if (!this.#memory) return;
    for (const row of historyRows(event, Date.now())) this.#memory.add(row);
  }

  /** Throws XS_ERR_NO_HISTORY. */
  async history(query: HistoryQuery): Promise<HistoryRow[]> {
    if (!this.#memory) throw new SentryError('XS_ERR_NO_HISTORY', 'this sentry keeps none');
    try {
      return await this.#memory.history(query);
    } catch (error) {
      throw new SentryError('XS_ERR_NO_HISTORY', (error as Error).message, { cause: error });
    }
  }

  /** Null: there is none. */
  status(): MemoryStatus | null {
    return this.#memory ? { path: this.#memory.path, error: this.#memory.trouble ?? null } : null;
  }

  /** Rows of the history that did not get into the database. */
  get lost(): number {
    return this.#memory?.lost ?? 0;
  }

  /** Changes of trails that did not. */
  get lostTrails(): number {
    return this.#memory?.lostTrails ?? 0;
  }

  async close(): Promise<void> {
    await this.#memory?.close();
  }

  async *#everything({ blocks, offences }: Pick<RemembranceParts, 'blocks' | 'offences'>) {
    for await (const portion of blocks.inPortions()) {
      const kept = portion.filter((block) => !this.#trial.holds(block));
      yield { blocks: kept.map(blockRow), offences: [] };
    }
    if (this.#trial.isOpen) return;
    for await (const portion of offences.inPortions())
      yield { blocks: [], offences: portion.map(offenceRow) };
  }
}

const blockRow = ({ source, origin, reason, evidence, addedNs, expiresNs }: Block): BlockRow => ({
  source,
  origin,
  reason,
  evidence: evidence ?? null,
  addedNs,
  untilNs: expiresNs ?? null,
});

const offenceRow = ({ source, count, untilNs }: Offence): OffenceRow => ({
  source,
  count,
  untilNs: untilNs === Number.POSITIVE_INFINITY ? null : untilNs,
});
