import { Thread } from '../threads/thread.ts';
import type { LoadJob, LoadResult } from './load.ts';

/** Megabytes for what a thread keeps besides columns, which are outside its heap. */
const HEAP_MB = 96;

/**
 * Loads lists on a thread of its own: a million lines are a second of work, and no event waits for them here. There is a thread
 * while there is something to load; afterwards its memory is free again. Lists that wait for a network load side by side.
 */
export class LoaderThread {
  readonly #thread: Thread<LoadJob>;
  #isStopped = false;

  /** `file`: the module that the thread runs. */
  constructor(file: URL) {
    const farewell = 'it was not loaded to the end';
    this.#thread = new Thread(file, { name: 'lists', heapMb: HEAP_MB, farewell, isTransient: true });
  }

  /** Rejects with an Error that says why there is no list. */
  load(job: LoadJob): Promise<LoadResult> {
    if (this.#isStopped) return Promise.reject(new Error('the sentry stops'));
    return this.#thread.ask(job);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#thread.stop();
  }
}
