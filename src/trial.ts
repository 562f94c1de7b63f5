import type { TrialStatus } from './control/protocol.ts';
import { SentryError } from './errors.ts';
import type { DataPlane } from './kernel/data-plane.ts';
import type { SentryEvent } from './report/event.ts';
import type { Block } from './respond/block.ts';
import { formatDuration, NS_PER_MS, NS_PER_SECOND } from './values/duration.ts';

/** The clock is looked at this often: a timer does not count the time that the host slept, and the kernel does. */
const LOOK_MS = 1000;

export type TrialParts = {
  /** Within this time somebody has to confirm; undefined: enforcement is on no trial. */
  readonly confirmMs: number | undefined;
  readonly dataPlane: Pick<DataPlane, 'nowNs' | 'enforceUntil'>;
  readonly tell: (event: SentryEvent) => void;
};

/** A confirmation, and when what was on trial until then had begun. Boot time. */
export type Confirmation = { readonly sinceNs: number; readonly confirmedNs: number };

/**
 * Enforcement that is rolled back unless somebody confirms it in time. The kernel does that, by its own clock; this object tells of it, and
 * takes the confirmation. As long as it is unconfirmed nothing may be done that would outlive a rollback: see holds().
 */
export class Trial {
  readonly #parts: TrialParts;
  #sinceNs = 0;
  #untilNs: number | undefined;
  #state: TrialStatus['state'] | undefined;
  #confirmedNs = 0;
  #timer: NodeJS.Timeout | undefined;
  #rollBack: (error: SentryError) => void = () => undefined;
  /** Rejects with XS_ERR_ROLLED_BACK when the time is over; never resolves. */
  readonly rolledBack: Promise<never>;

  constructor(parts: TrialParts) {
    this.#parts = parts;
    this.rolledBack = new Promise((_, reject) => {
      this.#rollBack = reject;
    });
    this.rolledBack.catch(() => undefined); // who stops the sentry in this moment does not ask
  }

  /** To be called before the first packet: the time runs from now on. */
  begin(): void {
    const { confirmMs, dataPlane } = this.#parts;
    if (confirmMs === undefined) return;
    this.#sinceNs = dataPlane.nowNs();
    this.#untilNs = this.#sinceNs + confirmMs * NS_PER_MS;
    this.#state = 'unconfirmed';
    dataPlane.enforceUntil(this.#untilNs);
  }

  /** Says that a confirmation is waited for, and what comes of it if there is none. */
  watch(): void {
    if (this.#state !== 'unconfirmed') return;
    this.#parts.tell({ event: 'unconfirmed', seconds: this.#leftSeconds });
    this.#look();
  }

  /** Null: there is none. */
  get status(): TrialStatus | null {
    const state = this.#stateNow();
    return state ? { state, remainingSeconds: state === 'unconfirmed' ? this.#leftSeconds : 0 } : null;
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
    if (state === undefined)
      throw new SentryError('XS_ERR_NOTHING_TO_CONFIRM', 'this sentry was started without --confirm');
    if (state === 'confirmed') return undefined;
    if (state === 'rolled_back') throw this.#tooLate();
    const seconds = this.#leftSeconds;
    dataPlane.enforceUntil(undefined);
    this.stop();
    this.#state = 'confirmed';
    this.#confirmedNs = dataPlane.nowNs();
    tell({ event: 'confirmed', seconds });
    return { sinceNs: this.#sinceNs, confirmedNs: this.#confirmedNs };
  }

  /** The kernel goes on by itself. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  get #leftSeconds(): number {
    return Math.max(0, Math.ceil((this.#untilNs! - this.#parts.dataPlane.nowNs()) / NS_PER_SECOND));
  }

  /** The kernel does not wait until this process has noticed. */
  #stateNow(): TrialStatus['state'] | undefined {
    const isOver = this.#state === 'unconfirmed' && this.#parts.dataPlane.nowNs() >= this.#untilNs!;
    return isOver ? 'rolled_back' : this.#state;
  }

  #look(): void {
    if (this.#stateNow() === 'rolled_back') {
      this.#state = 'rolled_back';
      this.#parts.tell({ event: 'rolled_back', seconds: this.#parts.confirmMs! / 1000 });
      this.#rollBack(this.#tooLate());
      return;
    }
    const leftMs = (this.#untilNs! - this.#parts.dataPlane.nowNs()) / NS_PER_MS;
    this.#timer = setTimeout(() => this.#look(), Math.min(leftMs + 1, LOOK_MS));
  }

  #tooLate(): SentryError {
    const time = formatDuration(this.#parts.confirmMs!);
    return new SentryError('XS_ERR_ROLLED_BACK', `nobody has confirmed it within ${time}`);
  }
}
