/** What a LoaderThread runs: joins the reading of lists and the guard, on a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { load } from './lists/load.ts';
import type { Delivery, Order } from './lists/thread.ts';
import { makeListGuard } from './respond/list-guard.ts';
import { plainly } from './values/system-error.ts';

parentPort?.on('message', async ({ id, job }: Order) => {
  try {
    deliver({ id, result: await load(job, makeListGuard(job.exempt)) });
  } catch (error) {
    deliver({ id, error: plainly(error) });
  }
});

function deliver(delivery: Delivery): void {
  parentPort?.postMessage(delivery);
}
