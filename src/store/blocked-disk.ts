import type { FileHandle } from 'node:fs/promises';
import type { BlockedContents, BlockedFormat } from './blocked-format.ts';
import type { Changes } from './changes.ts';
import { ABSENT, readAtRest, readNow, type Snapshot, type Stamp, stampFrom, stampOf } from './file-stamp.ts';
import { makePace, type Pace } from './pace.ts';
import { openForAppend, writeAll } from './plain-file.ts';
import { replaceFile } from './replace-file.ts';
import { unhurried } from './unhurried.ts';

/** PortSentry 1.2 lets everybody read it. */
const MODE = 0o644;

export type BlockedDiskOptions = {
  readonly format: BlockedFormat;
  /** Told what cannot be read, whenever the file was found changed. */
  readonly warn: (message: string) => void;
  /** Gets the contents whenever the file is not what was read or written last. */
  readonly onChanged: (contents: BlockedContents) => void;
  /** Waits for an editor to be done. */
  readonly pause?: (() => Promise<unknown>) | undefined;
  readonly openForAppend?: typeof openForAppend | undefined;
  /** Milliseconds of a clock that nobody sets. */
  readonly nowMs?: (() => number) | undefined;
};

/** The file behind a BlockedFile. One call at a time. What others have done to the file is respected, and told. */
export class BlockedDisk {
  readonly #path: string;
  readonly #options: BlockedDiskOptions;
  readonly #rewriting: Pace;
  /** The file as it was read or written last. */
  #stamp: Stamp | undefined;
  #isForeign = false;
  /** Nothing may be appended to the file as it is. */
  #mustRewrite = false;

  constructor(path: string, options: BlockedDiskOptions) {
    this.#path = path;
    this.#options = options;
    this.#rewriting = makePace(options.nowMs ?? (() => performance.now()));
  }

  /** Reads the file for the first time, and makes it if there is none. Rejects when neither is possible. */
  async load(): Promise<void> {
    await this.#take(await readNow(this.#path));
    if (this.#stamp === ABSENT) await this.#append(new Map());
  }

  /**
   * Milliseconds for which removals had better wait and gather: each time they cost a pass over the whole file. 0: none.
   */
  restMs(): number {
    return this.#rewriting.restMs();
  }

  /** Reads the file again if somebody has changed it, once he is done. Rejects when that cannot be known. */
  async look(): Promise<void> {
    if ((await stampOf(this.#path)) === this.#stamp) return;
    await this.#take(await readAtRest(this.#path, this.#options.pause));
  }

  /** Appends, or writes the file anew when something goes. Rejects when the file may not have all of it. */
  async write(changes: Changes): Promise<void> {
    await this.look(); // somebody may have left it without an end of its last line, or is writing just now
    if (this.#isForeign)
      throw new Error('it is no blocked file of this version of PortSentry, and is left alone');
    const removes = [...changes.values()].some((change) => change.removes);
    if (removes || this.#mustRewrite) await this.#rewriting.run(() => this.#rewrite(changes));
    else await this.#append(changes);
  }

  async #take({ stamp, bytes }: Snapshot): Promise<void> {
    const contents = await this.#options.format.read(bytes);
    this.#stamp = stamp;
    this.#isForeign = contents.isForeign;
    this.#mustRewrite = !contents.isWhole;
    for (const fault of contents.faults) this.#options.warn(`${this.#path}: ${fault}`);
    if (!contents.isForeign) this.#options.onChanged(contents);
  }

  async #append(changes: Changes): Promise<void> {
    const bytes = this.#added(changes);
    const file = await (this.#options.openForAppend ?? openForAppend)(this.#path, MODE);
    try {
      const before = await file.stat({ bigint: true });
      const isKnown = this.#stamp === stampFrom(before) || (this.#stamp === ABSENT && before.size === 0n);
      await appendWhole(file, bytes);
      const after = await file.stat({ bigint: true });
      const isAllOurs = after.size === before.size + BigInt(bytes.length);
      if (isKnown && isAllOurs) this.#stamp = stampFrom(after); // otherwise `look` finds out what else happened
    } finally {
      await file.close();
    }
  }

  async #rewrite(changes: Changes): Promise<void> {
    const { stamp, bytes } = await readNow(this.#path);
    if (stamp !== this.#stamp) throw new Error('somebody else is writing to it');
    const { format } = this.#options;
    const removed = new Set<string>();
    for (const [address, { removes }] of changes) if (removes) removed.add(address);
    const kept: Buffer[] = [];
    await unhurried(format.records(bytes), (record) => {
      if (!format.isOfOneOf(record, removed)) kept.push(record);
    });
    const all = Buffer.concat([...kept, this.#added(changes)]);
    this.#stamp = await replaceFile(this.#path, all, MODE);
    this.#mustRewrite = false;
  }

  #added(changes: Changes): Buffer {
    const { format } = this.#options;
    return Buffer.concat([...changes.values()].flatMap(({ adds }) => (adds ? [format.write(adds)] : [])));
  }
}

/** Appends all, or takes back what is there of it: half a line of ours would be taken for a line of somebody else's. */
async function appendWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  const { size } = await file.stat();
  let written = 0;
  try {
    await writeAll(file, bytes, (count) => {
      written += count;
    });
  } catch (error) {
    const isLast = (await file.stat()).size === size + written;
    if (isLast) await file.truncate(size);
    throw error;
  }
}
