import { Worker } from 'node:worker_threads';

/** What goes to a thread, and what comes back. */
export type Order<Job> = { readonly id: number; readonly job: Job };
export type Delivery = { readonly id: number } & (
  | { readonly result: unknown; readonly error?: undefined }
  | { readonly error: string }
);

type Waiting = { readonly resolve: (result: never) => void; readonly reject: (error: Error) => void };

export type ThreadOptions = {
  readonly name: string;
  readonly data?: unknown;
  /** Megabytes of its heap. */
  readonly heapMb?: number;
  /** What who waits is told when it ends by itself. */
  readonly farewell: string;
  /** It is ended when nobody waits for it any more: its memory is free then. */
  readonly isTransient?: boolean;
  /** It does not keep the process from ending. */
  readonly isInBackground?: boolean;
};

/**
 * A thread that is given jobs and answers each (see answerJobs). It begins with the first job; one that dies is told of to all who wait,
 * and the next job gets another one.
 */
export class Thread<Job> {
  readonly #file: URL;
  readonly #options: ThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** `file`: the module that it runs. */
  constructor(file: URL, options: ThreadOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Rejects with an Error that says what was wrong there. */
  ask<Result>(job: Job): Promise<Result> {
    const id = ++this.#lastId;
    const answered = new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, job } satisfies Order<Job>);
    return answered;
  }

  /** Ends it, whatever it is at. */
  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const { name, data, heapMb, farewell, isInBackground } = this.#options;
    const worker = new Worker(this.#file, {
      name,
      workerData: data,
      ...(heapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
    });
    if (isInBackground) worker.unref();
    let failure = new Error(farewell);
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
    if (!this.#options.isTransient || this.#waiting.size > 0) return;
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}
