import { closeSync, openSync, writeSync } from 'node:fs';
import { POOL, sourceAt } from './traffic.ts';

/** So many addresses: those of the pool first (`from` this one on), so that all traffic of that many sources is blocked. */
export function* blockList(family: 4 | 6, count: number, from = 0): Generator<string> {
  for (let nth = from; nth < from + count; nth++) {
    yield family === 4 && nth >= POOL[4] ? filler(nth - POOL[4]) : sourceAt(family, nth);
  }
}

/**
 * Addresses that no traffic comes from, for lists that are longer than the pool. Of 11.0.0.0/8, because the sentry leaves private
 * addresses of a list out: with those, its table would hold fewer than those of others.
 */
const filler = (nth: number): string => `11.${(nth >>> 16) & 0xff}.${(nth >>> 8) & 0xff}.${nth & 0xff}`;

const LINES_A_WRITE = 10_000;

/** Writes a file of lines that need not be in memory at one time. */
export function writeLines(path: string, lines: Iterable<string>): void {
  const file = openSync(path, 'w');
  try {
    let waiting: string[] = [];
    const flush = () => {
      writeSync(file, waiting.map((line) => `${line}\n`).join(''));
      waiting = [];
    };
    for (const line of lines) if (waiting.push(line) === LINES_A_WRITE) flush();
    flush();
  } finally {
    closeSync(file);
  }
}
