import { type Edit, editLines } from './edit-lines.ts';
import { rewriteFile } from './rewrite-file.ts';

/** `done`: the file was changed. `skipped`: it was so already. */
export type EditResult = 'done' | 'skipped';

/**
 * Files of TCP wrappers (hosts_access(5)). Both reject when the file cannot be changed, and when `line` is none: with a line
 * break in it.
 */
export type HostsDeny = {
  /** Adds the line at the end, unless exactly this one is there. Makes the file when there is none. */
  add(file: string, line: string): Promise<EditResult>;
  /** Takes away every line that is exactly this one. */
  remove(file: string, line: string): Promise<EditResult>;
};

type Waiting = Edit & {
  readonly resolve: (result: EditResult) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Edits of one file are made in the order in which they come. All that wait while it is rewritten are made in the next
 * rewrite together: 500 sources at once must not mean 500 rewrites of a growing file.
 */
export function hostsDenyFiles(): HostsDeny {
  /** By path; there is an entry as long as somebody works on the file. */
  const queues = new Map<string, Waiting[]>();

  async function work(file: string, queue: Waiting[]): Promise<void> {
    // What the same turn of the event loop brings goes along.
    await new Promise(setImmediate);
    while (queue.length > 0) await editTogether(file, queue.splice(0));
    queues.delete(file);
  }

  function enqueue(file: string, add: boolean, line: string): Promise<EditResult> {
    if (/[\0\r\n]/.test(line)) {
      return Promise.reject(new TypeError(`${JSON.stringify(line)} is not one line; ${file} was left alone`));
    }
    return new Promise((resolve, reject) => {
      const waiting = { add, line, resolve, reject };
      const queue = queues.get(file);
      if (queue) {
        queue.push(waiting);
      } else {
        const fresh = [waiting];
        queues.set(file, fresh);
        void work(file, fresh);
      }
    });
  }

  return {
    add: (file, line) => enqueue(file, true, line),
    remove: (file, line) => enqueue(file, false, line),
  };
}

async function editTogether(file: string, edits: readonly Waiting[]): Promise<void> {
  try {
    let results: readonly EditResult[] = [];
    await rewriteFile(file, (text) => {
      const edited = editLines(text, edits);
      results = edited.changed.map((isChange) => (isChange ? 'done' : 'skipped'));
      return edited.text;
    });
    for (const [index, { resolve }] of edits.entries()) resolve(results[index]!);
  } catch (error) {
    for (const { reject } of edits) reject(error);
  }
}
