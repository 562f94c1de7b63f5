import type { ListGuard } from '../respond/list-guard.ts';
import { holdsForGood, type ListObjection } from '../values/list-objection.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import { prefixOf, wordMask } from '../values/prefix-columns.ts';
import { PrefixColumnsBuilder } from '../values/prefix-columns-builder.ts';
import { LineSplitter } from './lines.ts';
import { type NetworkTaker, textOf } from './network.ts';
import { type LineKind, readPlainLine } from './plain.ts';
import { MAX_QUOTED, shownLine } from './quoted.ts';
import type { ListFormat, ListRemark, Reading } from './reading.ts';
import { readSpamhausLine } from './spamhaus.ts';

/** Lines of which more is told than their number; nobody reads more of them. */
const MAX_REMARKS = 5;

/** Networks of one list: so many take some hundred megabytes. A range is a short line and up to 62 of them. */
export const MAX_NETWORKS = 2 ** 24;

const [BRACE, LESS_THAN, HASH, SEMICOLON] = [0x7b, 0x3c, 0x23, 0x3b];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

type LineReader = (bytes: Uint8Array, start: number, end: number, taker: NetworkTaker) => LineKind;

/** Makes a list of bytes that come in pieces of any size. */
export class ListReader {
  readonly #guard: ListGuard;
  readonly #maxNetworks: number;
  readonly #builder = new PrefixColumnsBuilder();
  readonly #lines = new LineSplitter((bytes, start, end, isCut) => this.#take(bytes, start, end, isCut));
  /** Undefined until there is a line that tells. */
  #readLine: LineReader | undefined;
  #line = 0;
  /** Those that keep nobody out among them. */
  #networks = 0;
  #isMarkup = false;
  readonly #kinds: Record<LineKind, number> = { entry: 0, remark: 0, blank: 0, bad: 0 };
  readonly #badLines: ListRemark[] = [];
  readonly #skipped: Record<ListObjection, number> = { too_wide: 0, private: 0, own: 0, ignored: 0 };
  readonly #skippedLines: ListRemark[] = [];
  readonly #taker: NetworkTaker = {
    take4: (address, length) => this.#take4((address & wordMask(length)) >>> 0, length),
    take6: (words, length) => this.#take6(masked(words, length), length),
  };

  /** Without a format, the first line that is neither blank nor a comment tells. */
  constructor(guard: ListGuard, format?: ListFormat, maxNetworks = MAX_NETWORKS) {
    this.#guard = guard;
    this.#maxNetworks = maxNetworks;
    this.#readLine = format && (format === 'spamhaus' ? readSpamhausLine : readPlainLine);
  }

  /** Throws as soon as there are more networks than a list may have. */
  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  /** Throws an Error that says why it is no list: nothing in it, or more lines that cannot be read than others. */
  finish(): Reading {
    this.#lines.end();
    const { entry, remark, bad } = this.#kinds;
    if (bad > entry) {
      const { line, text } = this.#badLines[0]!;
      const what = this.#isMarkup ? 'it is a web page and no list' : 'it is no list of addresses';
      throw new Error(`${what}: ${entry} of ${entry + bad} lines can be read; line ${line} is ${text}`);
    }
    if (entry + remark === 0) {
      throw new Error('it is empty; a list that is meant to have no entry has a comment line');
    }
    const columns = this.#builder.finish();
    const [ipv4, ipv6] = [columns.lengths4.length, columns.lengths6.length];
    return {
      columns,
      facts: {
        ipv4,
        ipv6,
        repeated: this.#builder.size - ipv4 - ipv6,
        skipped: this.#skipped,
        skippedLines: this.#skippedLines,
        bad,
        badLines: this.#badLines,
      },
    };
  }

  #take(bytes: Uint8Array, from: number, end: number, isCut: boolean): void {
    this.#line++;
    const hasMark = this.#line === 1 && BYTE_ORDER_MARK.every((byte, index) => bytes[from + index] === byte);
    const start = hasMark ? from + BYTE_ORDER_MARK.length : from;
    const read = this.#readLine ?? this.#detect(bytes, start, end);
    const kind = isCut && !isComment(bytes, start) ? 'bad' : read(bytes, start, end, this.#taker);
    this.#kinds[kind]++;
    if (kind === 'bad' && this.#badLines.length < MAX_REMARKS) {
      this.#badLines.push({ line: this.#line, text: shownLine(textOf(bytes, start, end)) });
    }
  }

  #detect(bytes: Uint8Array, start: number, end: number): LineReader {
    const first = /[^ \t\r]/.exec(textOf(bytes, start, Math.min(end, start + MAX_QUOTED)))?.[0];
    const code = first?.charCodeAt(0);
    if (code === undefined || code === HASH || code === SEMICOLON) return readPlainLine;
    this.#isMarkup = code === LESS_THAN;
    this.#readLine = code === BRACE ? readSpamhausLine : readPlainLine;
    return this.#readLine;
  }

  #take4(address: number, length: number): void {
    this.#count();
    const objection = this.#guard.objection4(address, length);
    if (objection !== undefined) this.#skip(objection, prefixOf(4, [address], length));
    if (objection === undefined || !holdsForGood(objection)) this.#builder.add4(address, length);
  }

  #take6(words: Uint32Array, length: number): void {
    this.#count();
    const objection = this.#guard.objection6(words, length);
    if (objection !== undefined) this.#skip(objection, prefixOf(6, words, length));
    if (objection === undefined || !holdsForGood(objection)) this.#builder.add6(words, length);
  }

  #count(): void {
    if (this.#networks++ < this.#maxNetworks) return;
    throw new Error(`it has more than ${this.#maxNetworks} networks (line ${this.#line})`);
  }

  #skip(objection: ListObjection, prefix: Prefix): void {
    this.#skipped[objection]++;
    if (this.#skippedLines.length >= MAX_REMARKS) return;
    this.#skippedLines.push({
      line: this.#line,
      text: `${formatPrefix(prefix)} (${objection.replace('_', ' ')})`,
    });
  }
}

/** The same words with nothing behind the length, in place. */
function masked(words: Uint32Array, length: number): Uint32Array {
  for (let word = 0; word < 4; word++) words[word]! &= wordMask(length - word * 32);
  return words;
}

const isComment = (bytes: Uint8Array, start: number): boolean =>
  bytes[start] === HASH || bytes[start] === SEMICOLON;
