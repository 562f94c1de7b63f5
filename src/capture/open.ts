import { statSync } from 'node:fs';
import { SentryError } from '../errors.ts';
import { plainly } from '../values/system-error.ts';
import { ByteSource } from './bytes.ts';
import { Damage, type Frame, type FrameSource } from './frame.ts';
import { isLinkTypeKnown, linkTypeName } from './link-type.ts';
import { isPcap, pcapFrames } from './pcap.ts';
import { isPcapng, pcapngFrames } from './pcapng.ts';

export type { Frame, FrameSource } from './frame.ts';

/** A capture on disk; it may be read several times, and is never in memory as a whole. */
export class Capture implements FrameSource {
  readonly path: string;
  #damage: string | undefined;
  #unknown = new Map<number, number>();

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Its frames, as far as it goes, without those of link types that nothing is known about. Throws XS_ERR_CAPTURE when it is none, and
   * XS_ERR_LINK_TYPE when all of its frames are of such a type.
   */
  *frames(): Generator<Frame> {
    this.#damage = undefined;
    this.#unknown = new Map();
    const source = this.#open();
    let known = 0;
    try {
      for (const frame of framesIn(source, this.path)) {
        if (isLinkTypeKnown(frame.linkType)) {
          known++;
          yield frame;
        } else this.#unknown.set(frame.linkType, (this.#unknown.get(frame.linkType) ?? 0) + 1);
      }
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      this.#damage = error.message;
    } finally {
      source.close();
    }
    const [linkType] = this.#unknown.keys();
    if (known === 0 && linkType !== undefined)
      throw new SentryError('XS_ERR_LINK_TYPE', `${this.path} is of ${linkTypeName(linkType)}`);
  }

  /** Where and why it could not be read to its end, the last time; undefined: it could. */
  get damage(): string | undefined {
    return this.#damage;
  }

  /** Frames that were left out, the last time. */
  get leftOut(): number {
    return [...this.#unknown.values()].reduce((sum, count) => sum + count, 0);
  }

  #open(): ByteSource {
    try {
      if (!statSync(this.path).isFile()) throw new Error('it is no file, and has to be read twice');
      return new ByteSource(this.path);
    } catch (error) {
      throw unreadable(this.path, error);
    }
  }
}

function framesIn(source: ByteSource, path: string): Generator<Frame> {
  let start: Buffer | undefined;
  try {
    start = source.peek(4);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (start && isPcap(start)) return pcapFrames(source);
  if (start && isPcapng(start)) return pcapngFrames(source);
  throw new SentryError('XS_ERR_CAPTURE', `${path} is ${guess(start)}`);
}

const unreadable = (path: string, error: unknown): SentryError =>
  new SentryError('XS_ERR_CAPTURE', `${path}: ${plainly(error)}`, { cause: error });

function guess(start: Buffer | undefined): string {
  if (!start) return 'too short for a pcap or pcapng file';
  const magic = start.readUInt32BE(0);
  if (magic >>> 16 === 0x1f8b) return 'packed by gzip: unpack it first';
  if (magic === 0x28b52ffd) return 'packed by zstd: unpack it first';
  if (magic === 0xfd377a58) return 'packed by xz: unpack it first';
  return 'neither pcap nor pcapng';
}
