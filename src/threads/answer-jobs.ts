import { parentPort } from 'node:worker_threads';
import { plainly } from '../values/system-error.ts';
import type { Delivery, Order } from './thread.ts';

/** To be called on a thread: does the jobs that a Thread gives it. */
export function answerJobs<Job>(work: (job: Job) => unknown): void {
  parentPort?.on('message', async ({ id, job }: Order<Job>) => {
    try {
      deliver({ id, result: await work(job) });
    } catch (error) {
      deliver({ id, error: plainly(error) });
    }
  });
}

function deliver(delivery: Delivery): void {
  parentPort?.postMessage(delivery);
}
