import type { BlockedHost } from './history-line.ts';

/** What a blocked file tells of a source. Version 2 writes the address alone. */
export type BlockedEntry = Pick<BlockedHost, 'address'> & {
  readonly [key in 'atMs' | 'port' | 'protocol']: BlockedHost[key] | undefined;
};

export type BlockedContents = {
  /** In the order of the file; a source may be there more than once. */
  readonly entries: readonly BlockedEntry[];
  /** What could not be read, in words. */
  readonly faults: readonly string[];
  /** False: another record must not follow right behind the last byte. */
  readonly isWhole: boolean;
  /** It is no blocked file of this version, and must not be written to. */
  readonly isForeign: boolean;
};

/** How a version of PortSentry writes its blocked file. None of these throws because of the bytes: any will do. */
export type BlockedFormat = {
  /** Whether the file says when a source was answered. */
  readonly hasTimes: boolean;
  read(bytes: Buffer): Promise<BlockedContents>;
  /** The pieces to keep when the file is written anew, byte for byte, each such that another may follow. */
  records(bytes: Buffer): Iterable<Buffer>;
  /** Whether such a piece is the entry of one of these sources (canonical addresses). Made to be asked for each of a long file. */
  isOfOneOf(record: Buffer, addresses: ReadonlySet<string>): boolean;
  write(host: BlockedHost): Buffer;
};
