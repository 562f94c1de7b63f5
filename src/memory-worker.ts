/** What a DatabaseThread runs: the database of the memory, on a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { Database } from './store/memory/database.ts';
import type { Delivery, Order, ThreadData } from './store/memory/thread.ts';

const { path, keep } = workerData as ThreadData;
const database = new Database(path, keep);

parentPort?.on('message', ({ id, call, args }: Order) => {
  try {
    const method = database[call] as (...args: readonly unknown[]) => unknown;
    deliver({ id, result: method.apply(database, [...args]) });
  } catch (error) {
    deliver({ id, error: (error as Error).message });
  }
});

function deliver(delivery: Delivery): void {
  parentPort?.postMessage(delivery);
}
