import type { BlockedHost } from './history-line.ts';

/** What a blocked file tells of a source. Version 2 writes the address alone. */
export type BlockedEntry = Pick<BlockedHost, 'address'> & {
  readonly [key in 'atMs' | 'port' | 'protocol']: BlockedHost[key] | undefined;
};

/** One piece of a blocked file, byte for byte. What cannot be read has no entry. */
export type BlockedRecord = { readonly bytes: Uint8Array; readonly entry: BlockedEntry | undefined };

export type BlockedContents = {
  readonly records: readonly BlockedRecord[];
  /** What could not be read, in words. */
  readonly faults: readonly string[];
  /** False: another record must not follow right behind the last byte. */
  readonly isWhole: boolean;
  /** It is no blocked file of this version, and must not be written to. */
  readonly isForeign: boolean;
};

/** How a version of PortSentry writes its blocked file. */
export type BlockedFormat = {
  /** Any bytes will do; never throws. */
  read(bytes: Buffer): BlockedContents;
  write(host: BlockedHost): Buffer;
};
