import type { Policy } from '../config/policy.ts';
import type { Reloaded } from '../control/protocol.ts';
import { SentryError, toSentryError } from '../errors.ts';
import type { SentryEvent } from '../report/event.ts';
import { type ReloadParts, reload } from './reload.ts';

export type ReloaderParts = ReloadParts & {
  /** Reads the policy anew, as it was read at the start. Throws a SentryError. */
  readonly read: () => Policy;
  readonly tell: (event: SentryEvent) => void;
};

/** Reloads the policy whenever somebody asks for it, one time after the other, and tells what came of it. */
export class Reloader {
  readonly #parts: ReloaderParts;
  #last: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
  }

  /** Resolves when the last one is done; no other begins. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#last;
  }

  /** Rejects with a SentryError: then the policy is as it was. */
  reload(): Promise<Reloaded> {
    if (this.#isStopped) return Promise.reject(new SentryError('XS_ERR_RELOAD', 'it ends'));
    const done = this.#last.then(() => this.#reload());
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #reload(): Promise<Reloaded> {
    const { read, tell, metrics } = this.#parts;
    try {
      const policy = read();
      const changes = await reload(this.#parts, policy);
      metrics.noteReload(true);
      tell({ event: 'reloaded', policy: policy.origin, changes });
      return { policy: policy.origin, changes };
    } catch (error) {
      const known = toSentryError(error);
      metrics.noteReload(false);
      tell({ event: 'reload_failed', text: known.message });
      throw known;
    }
  }
}
