import type { FileHandle } from 'node:fs/promises';
import { openForAppend, writeAll } from './plain-file.ts';

/** Lines that wait for a slow disk: some ten megabytes of them. */
const MAX_WAITING = 100_000;
const NEWLINE = 0x0a;

export type AppendFileOptions = {
  /** Of the file, when it is made. */
  readonly mode: number;
  /** Told once when lines are lost, and once when it works again. */
  readonly warn: (message: string) => void;
  readonly open?: (path: string, mode: number) => Promise<FileHandle>;
  readonly maxWaiting?: number;
};

/**
 * Appends whole lines to a file, in order, without making anybody wait. The file is opened for each batch, so that it may be
 * rotated away without a signal; it is made when it is missing, and never made shorter. Lines that could not be written are lost
 * and counted: what they tell of is over when the disk has room again.
 */
export class AppendFile {
  readonly #path: string;
  readonly #options: Required<AppendFileOptions>;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #isClosed = false;
  #lost = 0;
  /** Lost since it worked last. */
  #lostNow = 0;

  constructor(path: string, options: AppendFileOptions) {
    this.#path = path;
    this.#options = { open: openForAppend, maxWaiting: MAX_WAITING, ...options };
  }

  /** Makes the file at once, if there is none: fail2ban does not start without its log. Never rejects. */
  create(): Promise<void> {
    return this.#writeBatch([]);
  }

  /** `line` comes without its end. Never throws. */
  append(line: string): void {
    const refusal = this.#refusal();
    if (refusal) {
      this.#lose(1, refusal);
    } else {
      this.#waiting.push(line.replace(/[\r\n]/g, '?'));
      this.#writing ??= this.#writeBatches();
    }
  }

  /** Lines that were not written, ever. */
  get lost(): number {
    return this.#lost;
  }

  /** Resolves when everything is written or lost. A later line is lost. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
  }

  #refusal(): string | undefined {
    if (this.#isClosed) return 'it is closed';
    return this.#waiting.length < this.#options.maxWaiting
      ? undefined
      : 'they come faster than it takes them';
  }

  async #writeBatches(): Promise<void> {
    await undefined; // lines of one turn go together
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      await this.#writeBatch(lines);
    }
    this.#writing = undefined;
  }

  async #writeBatch(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    let written = 0;
    try {
      const file = await this.#options.open(this.#path, this.#options.mode);
      try {
        if (await isTorn(file)) await writeAll(file, Buffer.of(NEWLINE));
        await writeAll(file, bytes, (count) => {
          written += count;
        });
      } finally {
        await file.close();
      }
      this.#works();
    } catch (error) {
      const whole = bytes.subarray(0, written).filter((byte) => byte === NEWLINE).length;
      this.#lose(lines.length - whole, (error as Error).message);
    }
  }

  #lose(count: number, why: string): void {
    if (this.#lostNow === 0) this.#options.warn(`${this.#path} takes no lines, and loses them: ${why}`);
    this.#lost += count;
    this.#lostNow += count;
  }

  #works(): void {
    if (this.#lostNow === 0) return;
    this.#options.warn(`${this.#path} takes lines again; ${this.#lostNow} were lost`);
    this.#lostNow = 0;
  }
}

/** True when the file ends within a line: a disk was full, or somebody's editor leaves the last end out. */
async function isTorn(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== NEWLINE;
}
