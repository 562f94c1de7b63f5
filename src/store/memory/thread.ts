import { Worker } from 'node:worker_threads';
import type { Database } from './database.ts';
import type { Keep } from './prune.ts';

/** What the thread does: the methods of the database. */
export type Call = 'open' | 'write' | 'blocksAfter' | 'offencesAfter' | 'history' | 'close';

/** What goes to the thread, and what comes back. */
export type Order = { readonly id: number; readonly call: Call; readonly args: readonly unknown[] };
export type Delivery = { readonly id: number } & (
  | { readonly result: unknown; readonly error?: undefined }
  | { readonly error: string }
);
export type ThreadData = { readonly path: string; readonly keep: Keep };

/** The database from outside of its thread. */
export type DistantDatabase = {
  readonly [K in Call]: (...args: Parameters<Database[K]>) => Promise<ReturnType<Database[K]>>;
};

type Waiting = { readonly resolve: (result: never) => void; readonly reject: (error: Error) => void };

/**
 * The database on a thread of its own: a disk that is slow, or does not answer at all, keeps nobody else waiting. A thread that dies
 * is told of, and the next call gets another one, which has nothing open.
 */
export class DatabaseThread implements DistantDatabase {
  readonly #file: URL;
  readonly #data: ThreadData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** `file`: the module that the thread runs. */
  constructor(file: URL, data: ThreadData) {
    this.#file = file;
    this.#data = data;
  }

  readonly open = this.#caller('open');
  readonly write = this.#caller('write');
  readonly blocksAfter = this.#caller('blocksAfter');
  readonly offencesAfter = this.#caller('offencesAfter');
  readonly history = this.#caller('history');
  readonly close = this.#caller('close');

  /** Ends it, whatever it is at. */
  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #caller<K extends Call>(call: K): DistantDatabase[K] {
    return ((...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const id = ++this.#lastId;
        this.#waiting.set(id, { resolve, reject });
        this.#worker ??= this.#start();
        this.#worker.postMessage({ id, call, args } satisfies Order);
      })) as DistantDatabase[K];
  }

  #start(): Worker {
    const worker = new Worker(this.#file, { name: 'memory', workerData: this.#data });
    let failure = new Error('its thread has ended');
    worker.unref(); // who waits for an answer keeps the process by himself
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
    if (delivery.error === undefined) waiting?.resolve(delivery.result as never);
    else waiting?.reject(new Error(delivery.error));
  }
}
