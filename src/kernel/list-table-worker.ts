/** What a thread of list-table-thread.ts runs: fills a map with the table, and holds it until somebody else does. */
import { parentPort, workerData } from 'node:worker_threads';
import { type BpfError, BpfMap, MAP_FLAG_INNER_MAP, MAP_FLAG_MMAPABLE } from 'bpf-loader-native';
import { LINE_BYTES } from './list-plan.ts';
import { buildListTable } from './list-table.ts';
import type { ListTableJob, ListTableNews } from './list-table-thread.ts';

const { lists, seed, generation } = workerData as ListTableJob;
let table: BpfMap | undefined;
let bytes = 0;

/** The kernel's own memory: what is written there need not be copied. */
function allocate(lines: number): ArrayBuffer {
  table?.close();
  bytes = lines * LINE_BYTES;
  table = BpfMap.create({
    type: 'array',
    name: 'xs_list_table',
    keySize: 4,
    valueSize: LINE_BYTES,
    maxEntries: lines,
    flags: MAP_FLAG_INNER_MAP | MAP_FLAG_MMAPABLE,
  });
  return table.mmap();
}

const tell = (news: ListTableNews): void => parentPort!.postMessage(news);

try {
  buildListTable(lists, seed, generation, allocate);
  parentPort!.ref(); // until it is ended from outside
  tell({ fd: table!.fd(), bytes });
} catch (error) {
  const { syscall, message } = error as BpfError;
  if (syscall === undefined) throw error;
  tell({ refused: message, bytes });
}
