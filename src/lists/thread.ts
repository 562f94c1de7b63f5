import { Worker } from 'node:worker_threads';
import type { LoadJob, LoadResult } from './load.ts';

/** Megabytes for what a thread keeps besides columns, which are outside its heap. */
const HEAP_MB = 96;

/** What goes to the thread, and what comes back. */
export type Order = { readonly id: number; readonly job: LoadJob };
export type Delivery = { readonly id: number } & (
  | { readonly result: LoadResult; readonly error?: undefined }
  | { readonly error: string }
);

type Waiting = { readonly resolve: (result: LoadResult) => void; readonly reject: (error: Error) => void };

/**
 * Loads lists on a thread of its own: a million lines are a second of work, and no event waits for them here. There is a thread
 * while there is something to load; afterwards its memory is free again. Lists that wait for a network load side by side.
 */
export class LoaderThread {
  readonly #file: URL;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #isStopped = false;

  /** `file`: the module that the thread runs. */
  constructor(file: URL) {
    this.#file = file;
  }

  /** Rejects with an Error that says why there is no list. */
  load(job: LoadJob): Promise<LoadResult> {
    if (this.#isStopped) return Promise.reject(new Error('the sentry stops'));
    const id = ++this.#lastId;
    const loaded = new Promise<LoadResult>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, job } satisfies Order);
    return loaded;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#file, {
      name: 'lists',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    let failure = new Error('it was not loaded to the end');
    worker.on('message', (delivery: Delivery) => this.#deliver(delivery));
    worker.on('error', (error: Error) => {
      failure = error;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(failure);
      this.#waiting.clear();
    });
    return worker;
  }

  #deliver(delivery: Delivery): void {
    const waiting = this.#waiting.get(delivery.id);
    this.#waiting.delete(delivery.id);
    if (delivery.error === undefined) waiting?.resolve(delivery.result);
    else waiting?.reject(new Error(delivery.error));
    if (this.#waiting.size > 0) return;
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}
