import { type Appended, append } from './append.ts';
import { oneLine } from './one-line.ts';

/** Lines that wait for a slow disk: some forty thousand. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

const advice: Readonly<Record<string, string>> = {
  EACCES: 'check who may write there',
  ELOOP: 'it is a symbolic link, which is not followed: name the file itself',
  ENOENT: 'make its directory',
  ENOSPC: 'make room on its file system',
  ENXIO: 'it is a named pipe that nobody reads',
};

/** Why lines are lost: each is told of by itself. */
type Cause = 'error' | 'slow' | 'closed';

export type FileSinkOptions = {
  /** Told once when lines are lost, and again only after lines could be written, or the queue was empty again. */
  readonly onError: (message: string) => void;
  readonly maxQueuedBytes?: number;
  readonly append?: (path: string, data: Uint8Array) => Promise<Appended>;
};

export type FileSink = {
  write(line: string): void;
  /** Lines that are not in the file, or not whole, since the start. */
  readonly lost: number;
  /** Resolves when everything is written or lost. A later line is lost. */
  close(): Promise<void>;
};

/**
 * Appends lines to a file, in order, and never waits nor throws: lines queue in memory and are written in batches, one after
 * the other. What the queue has no room for, or the file does not take, is lost and counted.
 */
export function fileSink(path: string, options: FileSinkOptions): FileSink {
  const { onError, maxQueuedBytes = MAX_QUEUED_BYTES } = options;
  const appendTo = options.append ?? append;
  const queue: string[] = [];
  let queuedBytes = 0; // with those that are being written
  let writing: Promise<void> | undefined;
  let isClosed = false;
  let isTorn = false; // the file ends within a line
  const told = new Set<Cause>();
  let lost = 0;

  const lose = (lines: number, cause: Cause, why: string) => {
    lost += lines;
    if (!told.has(cause)) onError(`${path}: log lines are lost: ${why}`);
    told.add(cause);
  };

  const writeBatch = async (lines: readonly string[]): Promise<void> => {
    const text = lines.join('');
    const data = Buffer.from(isTorn ? `\n${text}` : text);
    const { bytes, error } = await appendTo(path, data);
    queuedBytes -= Buffer.byteLength(text);
    const ended = data.subarray(0, bytes).filter((byte) => byte === NEWLINE).length;
    const written = isTorn && bytes > 0 ? ended - 1 : ended;
    if (bytes > 0) isTorn = data[bytes - 1] !== NEWLINE;
    if (error) lose(lines.length - written, 'error', explain(error));
    else told.delete('error');
    if (queue.length === 0) told.delete('slow');
  };

  const writeAll = async (): Promise<void> => {
    await undefined; // lines of the same turn make one batch
    while (queue.length > 0) await writeBatch(queue.splice(0));
    writing = undefined;
  };

  return {
    write(line) {
      const text = `${oneLine(line)}\n`;
      const bytes = Buffer.byteLength(text);
      if (isClosed) return lose(1, 'closed', 'the log is closed');
      if (queuedBytes + bytes > maxQueuedBytes)
        return lose(1, 'slow', 'they come faster than they are written');
      queue.push(text);
      queuedBytes += bytes;
      writing ??= writeAll();
    },
    get lost() {
      return lost;
    },
    async close() {
      isClosed = true;
      await writing;
    },
  };
}

function explain(error: NodeJS.ErrnoException): string {
  const todo = advice[error.code ?? ''];
  return todo ? `${error.message} (${todo})` : error.message;
}
