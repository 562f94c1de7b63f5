import type { SentryEvent } from '../report/event.ts';
import type { OpenLog } from './open-log.ts';

/** A log in whose place another one may come while the sentry runs. */
export class ReopenedLog implements OpenLog {
  #log: OpenLog;
  /** What those before have lost. */
  #lostBefore = 0;
  /** Resolves when those before have written everything. */
  #closing: Promise<void> = Promise.resolve();

  constructor(log: OpenLog) {
    this.#log = log;
  }

  reopen(next: OpenLog): void {
    const old = this.#log;
    this.#log = next;
    const before = this.#closing;
    this.#closing = old.close().then(async () => {
      this.#lostBefore += old.lost;
      await before;
    });
  }

  tell(event: SentryEvent): void {
    this.#log.tell(event);
  }

  get lost(): number {
    return this.#lostBefore + this.#log.lost;
  }

  release(): void {
    this.#log.release();
  }

  async close(): Promise<void> {
    await this.#closing;
    await this.#log.close();
  }
}
