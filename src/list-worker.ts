/** What a LoaderThread runs: joins the reading of lists and the guard, on a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { type LoadResult, load } from './lists/load.ts';
import type { Delivery, Order } from './lists/thread.ts';
import { makeListGuard } from './respond/list-guard.ts';

parentPort?.on('message', async ({ id, job }: Order) => {
  try {
    const result = await load(job, makeListGuard(job.own, job.ignored));
    deliver({ id, result }, result);
  } catch (error) {
    deliver({ id, error: (error as Error).message });
  }
});

/** Columns are handed over and not copied. */
function deliver(delivery: Delivery, result?: LoadResult): void {
  const columns = typeof result === 'object' ? Object.values(result.columns) : [];
  parentPort?.postMessage(
    delivery,
    columns.map(({ buffer }) => buffer),
  );
}
