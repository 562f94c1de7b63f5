import type { SentryEvent } from './event.ts';

const SECOND_MS = 1000;

/** Passes on so many events a second and sums up the others in one line when the second is over. */
export class LineBudget {
  readonly #write: (event: SentryEvent) => void;
  #perSecond: number;
  #spent = 0;
  #heldBack = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (event: SentryEvent) => void, perSecond: number) {
    this.#write = write;
    this.#perSecond = perSecond;
  }

  tell(event: SentryEvent): void {
    this.#timer ??= setTimeout(() => this.flush(), SECOND_MS).unref();
    if (this.#spent < this.#perSecond) {
      this.#spent++;
      this.#write(event);
    } else {
      this.#heldBack++;
    }
  }

  /** From now on nothing is held back: these are the last words. */
  release(): void {
    this.flush();
    this.#perSecond = Number.POSITIVE_INFINITY;
  }

  /** Ends the running second and tells what was held back in it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#heldBack > 0) this.#write({ event: 'summed_up', lines: this.#heldBack, seconds: 1 });
    this.#spent = 0;
    this.#heldBack = 0;
  }
}
