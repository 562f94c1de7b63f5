import { canonicalAddress } from '../values/address.ts';
import type { BlockedEntry, BlockedFormat } from './blocked-format.ts';
import { historyLine, readHistoryLine } from './history-line.ts';
import { unhurried } from './unhurried.ts';

const NEWLINE = 0x0a;
/** Faults that are told one by one: a file of another kind has one a line. */
const MAX_FAULTS = 5;

/**
 * Version 1.2: a line a source, the same as in the history. People and their scripts edit this file, so what cannot be read
 * stays as it is.
 */
export const blockedText: BlockedFormat = {
  hasTimes: true,
  async read(bytes) {
    const entries: BlockedEntry[] = [];
    const faults: string[] = [];
    let number = 0;
    await unhurried(linesOf(bytes), (line) => {
      number++;
      const text = textOf(line);
      const host = readHistoryLine(text);
      if (host) entries.push(entryOf(host));
      else if (text !== '') faults.push(`line ${number} is none of PortSentry's, and is kept as it is`);
    });
    const isWhole = bytes.length === 0 || bytes.at(-1) === NEWLINE;
    return { entries, faults: shorten(faults), isWhole, isForeign: false };
  },
  records: linesOf,
  isOfOneOf(line, addresses) {
    const text = textOf(line);
    const end = text.lastIndexOf(' Port: ');
    const address = text.slice(text.lastIndexOf('/', end) + 1, end);
    const isNamed = addresses.has(canonicalAddress(address) ?? '');
    return isNamed && readHistoryLine(text) !== undefined; // the costly question for few lines
  },
  write: (host) => Buffer.from(`${historyLine(host)}\n`),
};

/** Any bytes are Latin-1, and what we look for is ASCII. */
const textOf = (line: Buffer): string => line.toString('latin1').trimEnd();

const entryOf = ({ address, atMs, port, protocol }: NonNullable<ReturnType<typeof readHistoryLine>>) => ({
  address,
  atMs,
  port,
  protocol,
});

/** Each with its newline; the last one gets one if it has none. */
function* linesOf(bytes: Buffer): Iterable<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end === -1) {
      yield Buffer.concat([bytes.subarray(start), Buffer.of(NEWLINE)]);
      return;
    }
    yield bytes.subarray(start, end + 1);
    start = end + 1;
  }
}

const shorten = (faults: readonly string[]): readonly string[] =>
  faults.length <= MAX_FAULTS
    ? faults
    : [...faults.slice(0, MAX_FAULTS), `so are ${faults.length - MAX_FAULTS} more lines`];
