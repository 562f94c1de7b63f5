import type { TrialStatus } from './control/protocol.ts';
import { SentryError } from './errors.ts';
import type { DataPlane } from './kernel/data-plane.ts';
import type { SentryEvent } from './report/event.ts';
import type { Block } from './respond/block.ts';
import { formatDuration, NS_PER_MS, NS_PER_SECOND } from './values/duration.ts';

export type TrialParts = {
  /** Within this time somebody has to confirm; undefined: enforcement is on no trial. */
  readonly confirmMs: number | undefined;
  readonly dataPlane: () => Pick<DataPlane, 'nowNs' | 'enforceFor' | 'trial'>;
  readonly tell: (event: SentryEvent) => void;
};

/** A confirmation, and since when there was one to be waited for. Boot time. */
export type Confirmation = { readonly sinceNs: number; readonly confirmedNs: number };

/**
 * Enforcement that is rolled back unless somebody confirms it in time. The kernel does that, by its own clock; this object tells of it,
 * and takes the confirmation. Until then nothing may be done that would outlive a rollback: see holds().
 */
export class Trial {
  readonly #parts: TrialParts;
  #sinceNs = 0;
  #state: TrialStatus['state'] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #rollBack: (error: SentryError) => void = () => undefined;
  /** Rejects with XS_ERR_ROLLED_BACK when the time is over; never resolves. */
  readonly rolledBack: Promise<never>;

  constructor(parts: TrialParts) {
    this.#parts = parts;
    this.rolledBack = new Promise((_, reject) => {
      this.#rollBack = reject;
    });
    this.rolledBack.catch(() => undefined); // who stops the sentry at this moment does not ask
  }

  /** To be called before the first packet: the time runs from now on. */
  begin(): void {
    const { confirmMs, dataPlane } = this.#parts;
    if (confirmMs === undefined) return;
    this.#sinceNs = dataPlane().nowNs();
    this.#state = 'unconfirmed';
    dataPlane().enforceFor(confirmMs);
  }

  /** Says that a confirmation is waited for, and what comes of it if there is none. */
  watch(): void {
    if (this.#state !== 'unconfirmed') return;
    this.#parts.tell({ event: 'unconfirmed', seconds: secondsOf(this.#leftNs) });
    this.#look();
  }

  /** Null: there is none. */
  get status(): TrialStatus | null {
    const state = this.#stateNow();
    return state && { state, remainingSeconds: state === 'unconfirmed' ? secondsOf(this.#leftNs) : 0 };
  }

  /** Nobody has confirmed yet, and perhaps nobody will. */
  get isOpen(): boolean {
    return this.#state === 'unconfirmed' || this.#state === 'rolled_back';
  }

  /** The block, or mark, was made on trial: nothing outside of the kernel may follow on it, for that could not be rolled back. */
  holds({ addedNs = 0 }: Partial<Pick<Block, 'addedNs'>>): boolean {
    return this.isOpen && addedNs >= this.#sinceNs;
  }

  /** Enforcement stays. Undefined: that was said before. Throws XS_ERR_NOTHING_TO_CONFIRM, and XS_ERR_ROLLED_BACK when it is too late. */
  confirm(): Confirmation | undefined {
    const { dataPlane, tell } = this.#parts;
    const state = this.#stateNow();
    if (state === null)
      throw new SentryError('XS_ERR_NOTHING_TO_CONFIRM', 'this sentry was started without --confirm');
    if (state === 'rolled_back') throw this.#tooLate();
    if (state === 'confirmed') return undefined;
    const seconds = secondsOf(this.#leftNs);
    dataPlane().enforceFor(undefined);
    this.stop();
    this.#state = 'confirmed';
    tell({ event: 'confirmed', seconds });
    return { sinceNs: this.#sinceNs, confirmedNs: dataPlane().nowNs() };
  }

  /** Looks at the clock no more. The kernel goes on by itself. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  get #leftNs(): number {
    return this.#parts.dataPlane().trial?.leftNs ?? 0;
  }

  /** The kernel does not wait until this process has noticed. */
  #stateNow(): TrialStatus['state'] | null {
    const isOver = this.#state === 'unconfirmed' && this.#leftNs <= 0;
    return isOver ? 'rolled_back' : (this.#state ?? null);
  }

  #look(): void {
    const leftNs = this.#leftNs;
    if (leftNs > 0) {
      this.#timer = setTimeout(() => this.#look(), Math.ceil(leftNs / NS_PER_MS));
      return;
    }
    this.#state = 'rolled_back';
    this.#parts.tell({ event: 'rolled_back', seconds: this.#parts.confirmMs! / 1000 });
    this.#rollBack(this.#tooLate());
  }

  #tooLate(): SentryError {
    const time = formatDuration(this.#parts.confirmMs!);
    return new SentryError('XS_ERR_ROLLED_BACK', `nobody has confirmed it within ${time}`);
  }
}

const secondsOf = (leftNs: number): number => Math.max(0, Math.ceil(leftNs / NS_PER_SECOND));
