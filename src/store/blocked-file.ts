import { canonicalAddress } from '../values/address.ts';
import { type Attempt, attempts } from './attempt.ts';
import { blockedBinary } from './blocked-binary.ts';
import { BlockedDisk, type BlockedDiskOptions } from './blocked-disk.ts';
import type { BlockedContents, BlockedEntry, BlockedFormat } from './blocked-format.ts';
import { blockedText } from './blocked-text.ts';
import { type Change, type Changes, follow, onlyAdding, precede } from './changes.ts';
import type { BlockedHost } from './history-line.ts';

export type BlockedFileOptions = {
  readonly style: '1.2' | '2';
  /** Told what cannot be read, and once what keeps the file from being read or written until it works again. */
  readonly warn: (message: string) => void;
  /** Waits for an editor to be done. */
  readonly pause?: () => Promise<unknown>;
  readonly openForAppend?: BlockedDiskOptions['openForAppend'];
  /** Milliseconds of a clock that nobody sets. */
  readonly nowMs?: () => number;
};

/**
 * PortSentry's file of who was answered, for its readers and for the next start. What it says is in memory, too, and changes
 * are written behind: one batch after the other, each of as many as wait. Removals gather meanwhile, because each batch of
 * them costs a pass over the file. What could not be written is tried again with the next change and with each
 * `changedByOthers`.
 */
export class BlockedFile {
  readonly #path: string;
  readonly #warn: (message: string) => void;
  readonly #format: BlockedFormat;
  readonly #disk: BlockedDisk;
  readonly #entries = new Map<string, BlockedEntry>();
  #waiting: Changes = new Map();
  #underWay: Changes = new Map();
  #isScheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #removedByOthers: string[] = [];
  readonly #tryToRead: Attempt;
  readonly #tryToWrite: Attempt;

  private constructor(path: string, { style, warn, ...effects }: BlockedFileOptions) {
    this.#path = path;
    this.#warn = warn;
    this.#tryToRead = attempts(({ message }) => warn(`${path} cannot be read: ${message}`));
    this.#tryToWrite = attempts(({ message }) => warn(`${path} cannot be written: ${message}`));
    this.#format = style === '2' ? blockedBinary : blockedText;
    const onChanged = (contents: BlockedContents) => this.#compare(contents);
    this.#disk = new BlockedDisk(path, { format: this.#format, warn, onChanged, ...effects });
  }

  /** Reads what is there, which stays there, and makes the file if there is none. Never rejects: troubles are told. */
  static async open(path: string, options: BlockedFileOptions): Promise<BlockedFile> {
    const file = new BlockedFile(path, options);
    await file.#tryToRead(() => file.#disk.load());
    return file;
  }

  /** In the order in which they were added. */
  entries(): BlockedEntry[] {
    return [...this.#entries.values()];
  }

  /** Changes that are not in the file yet. */
  get waiting(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  /**
   * Adds a source. One that is there stays as it is, unless the file tells times and this is the younger one. Throws a
   * TypeError when `address` is no single address.
   */
  add(host: BlockedHost): void {
    const address = keyOf(host.address);
    const old = this.#entries.get(address);
    if (old && !(this.#format.hasTimes && isYounger(host, old))) return;
    const { atMs, port, protocol } = host;
    this.#entries.delete(address); // so that it comes last, as in the file
    this.#entries.set(address, { address, atMs, port, protocol });
    this.#change(address, { removes: old !== undefined, adds: { ...host, address } });
  }

  /** Takes a source out if it is there. */
  remove(address: string): void {
    const key = this.#entries.has(address) ? address : keyOf(address); // thousands may end at once
    if (this.#entries.delete(key)) this.#change(key, { removes: true, adds: undefined });
  }

  /**
   * Addresses that somebody has taken out of the file, or all of them when he has deleted it, since the last call: they are no
   * entries any more. What he has added is one.
   */
  changedByOthers(): Promise<string[]> {
    return this.#inTurn(async () => {
      await this.#tryToRead(() => this.#disk.look());
      await this.#writeWaiting();
      return this.#removedByOthers.splice(0);
    });
  }

  /** Resolves when everything is written, or could not be, which is told. */
  async close(): Promise<void> {
    await this.#inTurn(() => this.#writeWaiting({ isLast: true }));
    clearTimeout(this.#timer);
    if (this.#waiting.size > 0) this.#warn(`${this.#path}: ${this.#waiting.size} changes are not in it`);
  }

  #change(address: string, change: Change): void {
    follow(this.#waiting, address, change);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    void this.#inTurn(async () => {
      this.#isScheduled = false;
      await this.#writeWaiting();
    });
  }

  /** Jobs never reject, and run one after the other. */
  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(job);
    this.#turn = done;
    return done;
  }

  /** Writes what waits; but removals that had better gather only when it is the last time. */
  async #writeWaiting({ isLast = false } = {}): Promise<void> {
    for (let goesWell = true; goesWell && this.#waiting.size > 0; ) {
      const restMs = isLast ? 0 : this.#disk.restMs();
      const all = this.#waiting;
      this.#underWay = restMs > 0 ? onlyAdding(all) : all;
      if (this.#underWay.size === 0) return this.#writeLater(restMs);
      this.#waiting = new Map([...all].filter(([address]) => !this.#underWay.has(address)));
      goesWell = await this.#tryToWrite(() => this.#disk.write(this.#underWay));
      if (!goesWell) this.#waiting = precede(this.#waiting, this.#underWay);
      this.#underWay = new Map();
    }
  }

  #writeLater(restMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#schedule();
    }, restMs).unref(); // whoever ends waits for `close`
  }

  /** What is there and was not, and the other way round; but not what is on its way there, or from there. */
  #compare({ entries }: BlockedContents): void {
    const inFile = new Map<string, BlockedEntry>();
    for (const entry of entries) inFile.set(entry.address, entry);
    for (const [address, entry] of inFile) {
      if (!this.#isOnItsWay(address) && !this.#entries.has(address)) this.#entries.set(address, entry);
    }
    for (const address of this.#entries.keys()) {
      if (inFile.has(address) || this.#isOnItsWay(address)) continue;
      if (!this.#format.hasTimes) {
        // Nobody edits a binary file, but its usual place is /tmp, where files vanish: what stands is written anew.
        const host = { address, name: address, atMs: 0, port: 0, protocol: 'tcp' } as const;
        this.#change(address, { removes: false, adds: host });
        continue;
      }
      this.#entries.delete(address);
      this.#removedByOthers.push(address);
    }
  }

  #isOnItsWay(address: string): boolean {
    return this.#waiting.has(address) || this.#underWay.has(address);
  }
}

function keyOf(address: string): string {
  const key = canonicalAddress(address);
  if (key === undefined) throw new TypeError(`"${address}" is no address`);
  return key;
}

/** By whole seconds, as the file has them. */
function isYounger(host: BlockedHost, { atMs }: BlockedEntry): boolean {
  return atMs !== undefined && Math.floor(host.atMs / 1000) > Math.floor(atMs / 1000);
}
