import { Thread } from '../../threads/thread.ts';
import type { Database } from './database.ts';
import type { Keep } from './prune.ts';

/** What the thread does: the methods of the database. */
export type Method =
  | 'open'
  | 'write'
  | 'blocksAfter'
  | 'offencesAfter'
  | 'trailsAfter'
  | 'campaign'
  | 'history'
  | 'close';

export type DatabaseCall = { readonly method: Method; readonly args: readonly unknown[] };
export type ThreadData = { readonly path: string; readonly keep: Keep };

/** The database from outside of its thread. */
export type DistantDatabase = {
  readonly [K in Method]: (...args: Parameters<Database[K]>) => Promise<ReturnType<Database[K]>>;
};

/**
 * The database on a thread of its own: a disk that is slow, or does not answer at all, keeps nobody else waiting. When a thread has
 * died, the next one has nothing open.
 */
export class DatabaseThread implements DistantDatabase {
  readonly #thread: Thread<DatabaseCall>;

  /** `file`: the module that the thread runs. */
  constructor(file: URL, data: ThreadData) {
    const farewell = 'its thread has ended';
    // Who waits for an answer keeps the process by himself.
    this.#thread = new Thread(file, { name: 'memory', data, farewell, isInBackground: true });
  }

  readonly open = this.#caller('open');
  readonly write = this.#caller('write');
  readonly blocksAfter = this.#caller('blocksAfter');
  readonly offencesAfter = this.#caller('offencesAfter');
  readonly trailsAfter = this.#caller('trailsAfter');
  readonly campaign = this.#caller('campaign');
  readonly history = this.#caller('history');
  readonly close = this.#caller('close');

  /** Ends it, whatever it is at. */
  stop(): Promise<void> {
    return this.#thread.stop();
  }

  #caller<K extends Method>(method: K): DistantDatabase[K] {
    return ((...args: unknown[]) => this.#thread.ask({ method, args })) as DistantDatabase[K];
  }
}
