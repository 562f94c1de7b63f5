import { ChangedTrails } from './changed-trails.ts';
import { offsetOf, wasSet } from './clock.ts';
import { Pending } from './pending.ts';
import { type Recollection, recollectionOf } from './recollection.ts';
import type {
  Batch,
  BlockRow,
  CampaignRow,
  HistoryQuery,
  HistoryRow,
  Moment,
  OffenceRow,
  TrailRow,
} from './rows.ts';
import type { DistantDatabase } from './thread.ts';

/** What happens is on the disk so much later. */
const WRITE_MS = 250;
/** Trails change with each probe: they are written less often, and so many at one time, which is more than a flood changes. */
const TRAILS_MS = 2000;
const TRAILS_BATCH = 2048;
/** Sources on probation that are written at the end, the latest: half a second of work. */
const MAX_ON_PROBATION = 16_384;
/**
 * What is known of campaigns changes with each probe as well, and is one record: 80 kB, made in a millisecond, of a host that is tried at a
 * thousand ports an hour; 3 MB and some 70 ms once somebody has tried all ports of all protocols in ever new names.
 */
const CAMPAIGN_MS = 5 * 60_000;
/** A database that could not be opened, or written to, is tried again after this time. */
const RETRY_MS = 30_000;
/** Rows of a kind that are written at one time: some 50 ms of work. */
const BATCH = 4096;
/** Changes of a kind that wait at most: 100 MB, should the disk not answer while a flood is blocked. */
const MAX_CHANGES = 131_072;
const MAX_HISTORY = 32_768;
/** The wall clock is looked at so often. Once it was set, times in the database are no good for the next boot, and that may come at any time. */
const CLOCK_MS = 1000;
/** A disk that does not answer must not keep the sentry from stopping. */
const CLOSE_MS = 5000;

export type MemoryParts = {
  readonly path: string;
  readonly database: DistantDatabase & { stop(): Promise<void> };
  readonly now: () => Moment;
  /** Takes over the blocks and offenders that an earlier run has left, before anything is written; and once more whenever that is asked for. */
  readonly recall: (memory: Pick<Recollection, 'blocks' | 'offences'>) => Promise<void>;
  /** The same of trails and of what is known of campaigns, once: all of it or, if it rejects, nothing. */
  readonly recallTrails: (memory: Pick<Recollection, 'trails' | 'campaign'>) => Promise<void>;
  /** All that holds at this moment, for a database that has not followed. */
  readonly all: () => AsyncIterable<{
    readonly blocks: readonly BlockRow[];
    readonly offences: readonly OffenceRow[];
  }>;
  /** What there is of trails at this moment. */
  readonly trails: {
    readonly kept: Iterable<string>;
    /** They are written at the end alone: a flood of forged sources must not cost the disk anything. */
    readonly onProbation: Iterable<string>;
    rowOf(source: string): TrailRow | undefined;
  };
  /** What is known of campaigns at this moment; undefined: nothing, or nobody looks for them. */
  readonly campaign: () => CampaignRow | undefined;
  readonly warn: (text: string) => void;
};

/**
 * What outlives the process: blocks in force, offenders, trails and history, in a database. Takes everything at once and writes it a little later, in
 * batches; no caller ever waits for the disk. A database that cannot be used is told of once and tried again and again; when more has
 * changed meanwhile than could wait, it begins anew with what holds. History that found no room is counted.
 */
export class Memory {
  readonly #parts: MemoryParts;
  readonly #blocks = new Pending<BlockRow>(MAX_CHANGES);
  readonly #offences = new Pending<OffenceRow>(MAX_CHANGES);
  readonly #trails = new ChangedTrails();
  /** Trails that may be written in this turn. */
  #trailsDue = 0;
  #trailTimer: NodeJS.Timeout | undefined;
  #isCampaignDue = false;
  #campaignTimer: NodeJS.Timeout | undefined;
  #history: HistoryRow[] = [];
  #lostHistory = 0;
  #isOpen = false;
  #isRecallDue = true;
  /** What earlier runs knew of trails and campaigns is known here, too: before that, what is known here is less, and must not take its place. */
  #areTrailsRecalled = false;
  /** It is new, or more has changed than could wait: it has to get all that holds. */
  #isBehind = false;
  #trouble: string | undefined;
  /** Wall clock at boot time zero, as the database has it; undefined: it was never open. */
  #offset: number | undefined;
  #clock: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: MemoryParts) {
    this.#parts = parts;
  }

  get path(): string {
    return this.#parts.path;
  }

  /** What keeps it from being written to; undefined: nothing. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Rows of the history that did not get into the database. */
  get lost(): number {
    return this.#lostHistory;
  }

  /** Changes of trails that did not. */
  get lostTrails(): number {
    return this.#trails.lost;
  }

  /** Opens the database and recalls what is in it. Resolves when that is done, or cannot be. */
  async open(): Promise<void> {
    this.#clock = setInterval(() => {
      if (this.#wasClockSet) this.#soon();
    }, CLOCK_MS).unref();
    this.#campaignTimer = setInterval(() => {
      this.#isCampaignDue = true;
      this.#soon();
    }, CAMPAIGN_MS).unref();
    await this.#inTurn();
  }

  /** Recalls once more, as soon as the database can be used: now there is use for what was left in it. */
  recallAgain(): void {
    this.#isRecallDue = true;
    void this.#inTurn();
  }

  /** What there is of a block of that source from now on; null: none. */
  setBlock(source: string, row: BlockRow | null): void {
    this.#blocks.set(source, row);
    this.#soon();
  }

  setOffence(source: string, row: OffenceRow | null): void {
    this.#offences.set(source, row);
    this.#soon();
  }

  /** The trail of that source is otherwise now. `isForgotten`: what there was of it goes. */
  changeTrail(source: string, isForgotten: boolean): void {
    this.#trails.add(source, isForgotten);
    this.#trailsSoon();
  }

  add(row: HistoryRow): void {
    if (this.#history.length >= MAX_HISTORY) this.#lostHistory++;
    else this.#history.push(row);
    this.#soon();
  }

  /** Resolves when all that was set and added so far is written, or cannot be now. */
  async written(): Promise<void> {
    this.#trailsDue = this.#trails.size;
    await this.#inTurn();
  }

  /** Asks the history, with what has not been written yet. */
  async history(query: HistoryQuery): Promise<HistoryRow[]> {
    await this.written();
    if (this.#trouble !== undefined) throw new Error(this.#trouble);
    return await this.#parts.database.history(query);
  }

  /** Writes what waits, if the disk answers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#trailTimer);
    clearInterval(this.#clock);
    clearInterval(this.#campaignTimer);
    const { database } = this.#parts;
    let tooLong: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      tooLong = setTimeout(resolve, CLOSE_MS);
    });
    const finish = async () => {
      await this.#writing;
      await this.#catchUp(); // what cannot be had again comes first: if trails have to be recalled now, that may take too long
      const { onProbation } = this.#parts.trails;
      for (const source of [...onProbation].slice(-MAX_ON_PROBATION)) this.#trails.add(source, false);
      this.#trailsDue = this.#trails.size;
      this.#isCampaignDue = true;
      if (this.#isOpen) await this.#recallTrails();
      if (this.#isOpen) await this.#writeAll();
      await database.close().catch(() => undefined);
    };
    await Promise.race([finish(), patience]);
    clearTimeout(tooLong);
    await database.stop();
  }

  /** What has changed since counts, and is not recalled. */
  get #recollection(): Recollection {
    const { database } = this.#parts;
    return recollectionOf(database, { blocks: this.#blocks, offences: this.#offences, trails: this.#trails });
  }

  get #waiting(): number {
    return this.#blocks.size + this.#offences.size + this.#history.length + this.#trailsWaiting;
  }

  get #trailsWaiting(): number {
    return this.#areTrailsRecalled ? Math.min(this.#trailsDue, this.#trails.size) : 0;
  }

  get #isCampaignWaiting(): boolean {
    return this.#areTrailsRecalled && this.#isCampaignDue;
  }

  get #wasClockSet(): boolean {
    return this.#offset !== undefined && wasSet(this.#offset, this.#parts.now());
  }

  #soon(): void {
    if (!this.#writing) this.#at(this.#trouble === undefined ? WRITE_MS : RETRY_MS);
  }

  #trailsSoon(): void {
    if (this.#isClosed) return;
    this.#trailTimer ??= setTimeout(() => {
      this.#trailTimer = undefined;
      this.#trailsDue = TRAILS_BATCH;
      if (this.#trouble === undefined) void this.#inTurn(); // else with the next try
    }, TRAILS_MS).unref();
  }

  #at(ms: number): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => void this.#inTurn(), ms).unref();
  }

  /** One thing at a time: whoever comes while something is written waits for that, and for what is written then. */
  async #inTurn(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#work();
    await this.#writing;
  }

  async #work(): Promise<void> {
    try {
      await this.#catchUp();
    } finally {
      this.#writing = undefined;
      if (this.#trouble !== undefined) this.#at(RETRY_MS);
      else if (this.#waiting > 0) this.#at(WRITE_MS);
      if (this.#trails.size > 0) this.#trailsSoon();
    }
  }

  /** Opens it if need be, recalls what is in it while there is use for that, and writes what waits. */
  async #catchUp(): Promise<void> {
    if (!this.#isOpen) await this.#open();
    this.#noteOverfull();
    if (this.#isOpen && this.#isRecallDue && !this.#isBehind && !this.#isClosed) await this.#recall();
    if (this.#isOpen && !this.#isClosed) await this.#recallTrails();
    if (this.#isOpen && this.#isBehind) await this.#writeWhatHolds();
    if (this.#isOpen) await this.#writeAll();
  }

  #noteOverfull(): void {
    if (this.#isBehind || !(this.#blocks.isOverfull || this.#offences.isOverfull)) return;
    this.#isBehind = true;
    const { path, warn } = this.#parts;
    warn(`more has changed than can wait for the memory ${path}: it begins anew with what holds when it can`);
  }

  async #open(): Promise<void> {
    const { database, path, now, warn } = this.#parts;
    try {
      const moment = now();
      const { aside, isNew } = await database.open(moment);
      this.#offset = offsetOf(moment);
      if (aside !== undefined)
        warn(`the memory ${path} was corrupt: it lies in ${aside} now, and a new one begins`);
      this.#isOpen = true;
      if (isNew) this.#isBehind = true;
    } catch (error) {
      this.#fails(error as Error);
    }
  }

  async #recall(): Promise<void> {
    this.#isRecallDue = false;
    try {
      await this.#parts.recall(this.#recollection);
    } catch (error) {
      this.#isRecallDue = true;
      this.#fails(error as Error);
    }
  }

  async #recallTrails(): Promise<void> {
    if (this.#areTrailsRecalled) return;
    try {
      await this.#parts.recallTrails(this.#recollection);
      this.#areTrailsRecalled = true;
    } catch (error) {
      this.#fails(error as Error);
    }
  }

  /** What waits now, if it is but a new time; what comes meanwhile has a turn of its own. */
  async #writeAll(): Promise<void> {
    let left = this.#waiting;
    if (left === 0 && !this.#isCampaignWaiting && !this.#wasClockSet) return;
    do {
      const trails = Math.min(this.#trailsWaiting, TRAILS_BATCH);
      const isCampaignIn = this.#isCampaignWaiting;
      const batch: Batch = {
        blocks: this.#blocks.take(BATCH),
        offences: this.#offences.take(BATCH),
        trails: this.#trails.take(trails, (source) => this.#parts.trails.rowOf(source)),
        campaign: isCampaignIn ? this.#parts.campaign() : undefined,
        history: this.#history.splice(0, BATCH),
      };
      if (isCampaignIn) this.#isCampaignDue = false;
      this.#trailsDue -= trails;
      left -= batch.blocks.length + batch.offences.length + trails + batch.history.length;
      await this.#write(batch);
      if (!this.#isOpen) this.#putBack(batch);
    } while (left > 0 && this.#isOpen);
  }

  async #write(batch: Batch): Promise<void> {
    try {
      const moment = this.#parts.now();
      await this.#parts.database.write(batch, moment);
      this.#offset = offsetOf(moment);
      this.#succeeds();
    } catch (error) {
      this.#fails(error as Error);
    }
  }

  #putBack({ blocks, offences, trails, campaign, history }: Batch): void {
    this.#blocks.putBack(blocks);
    this.#offences.putBack(offences);
    for (const [source, row] of trails) this.#trails.add(source, row === null);
    this.#isCampaignDue ||= campaign !== undefined;
    const all = [...history, ...this.#history];
    this.#history = all.slice(0, MAX_HISTORY);
    this.#lostHistory += all.length - this.#history.length;
  }

  #fails({ message }: Error): void {
    this.#isOpen = false;
    if (this.#trouble !== message) {
      const { path, warn } = this.#parts;
      warn(
        `the memory ${path} cannot be used: ${message}; the sentry goes on without, and tries again every ${RETRY_MS / 1000} s`,
      );
    }
    this.#trouble = message;
  }

  #succeeds(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#parts.warn(
      `the memory ${this.#parts.path} is written to again; rows that it has lost: ${this.lost}`,
    );
  }

  /** In place of the blocks and offenders in the database, of which none is recalled any more: who was lifted meanwhile would be back. */
  async #writeWhatHolds(): Promise<void> {
    this.#isRecallDue = false;
    this.#blocks.beginAnew();
    this.#offences.beginAnew();
    await this.#write({ isAnew: true, blocks: [], offences: [], trails: [], history: [] });
    for (const source of this.#parts.trails.kept) this.#trails.add(source, false);
    for await (const { blocks, offences } of this.#parts.all()) {
      if (!this.#isOpen) return; // the next time from the beginning
      for (const row of blocks) if (!this.#blocks.has(row.source)) this.#blocks.set(row.source, row);
      for (const row of offences) if (!this.#offences.has(row.source)) this.#offences.set(row.source, row);
      await this.#writeAll();
    }
    this.#isBehind = !this.#isOpen;
  }
}
