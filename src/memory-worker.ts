/** What a DatabaseThread runs: the database of the memory, on a thread of its own. */
import { workerData } from 'node:worker_threads';
import { Database } from './store/memory/database.ts';
import type { DatabaseCall, ThreadData } from './store/memory/thread.ts';
import { answerJobs } from './threads/answer-jobs.ts';

const { path, keep } = workerData as ThreadData;
const database = new Database(path, keep);

answerJobs(({ method, args }: DatabaseCall) => {
  const step = database[method] as (...args: readonly unknown[]) => unknown;
  return step.apply(database, [...args]);
});
