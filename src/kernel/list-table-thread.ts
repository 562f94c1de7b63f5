import { addAbortListener } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BpfMap } from 'bpf-loader-native';
import type { PrefixColumns } from '../values/prefix-columns.ts';

/** See buildListTable. */
export type ListTableJob = {
  readonly lists: readonly PrefixColumns[];
  readonly seed: number;
  readonly generation: number;
};

/** What the thread tells: a descriptor of the map with the table, or why the kernel made none of that size. */
export type ListTableNews = { readonly bytes: number } & (
  | { readonly fd: number; readonly refused?: undefined }
  | { readonly refused: string }
);

export type ListTable = { readonly bytes: number } & (
  | { readonly map: BpfMap; readonly refused?: undefined }
  | { readonly refused: string }
);

const WORKER = new URL(`./list-table-worker${extname(import.meta.url)}`, import.meta.url);

/** Builds the table of all lists in a map of its own, on a thread, so that no event waits for it. Rejects when aborted. */
export async function buildOnThread(job: ListTableJob, signal: AbortSignal): Promise<ListTable> {
  const worker = new Worker(WORKER, { name: 'list-table', workerData: job });
  using _ = addAbortListener(signal, () => void worker.terminate());
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', (news: ListTableNews) => resolve(takeOver(news)));
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the table of lists was not built to its end')));
    });
  } finally {
    void worker.terminate();
  }
}

/** The thread holds its descriptor open until it is ended. */
const takeOver = (news: ListTableNews): ListTable =>
  news.refused === undefined ? { map: BpfMap.fromFd(news.fd), bytes: news.bytes } : news;
