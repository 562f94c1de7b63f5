import type { Readable } from 'node:stream';

const TAIL_CHARACTERS = 200;
/** A character takes up to four bytes in UTF-8. */
const TAIL_BYTES = 4 * TAIL_CHARACTERS;

/**
 * Reads `stream` to its end and answers a function: the last 200 printable characters of what came so far, on one line. What
 * a command prints may hold words of the scanner's own, so no control character, line break or mark that turns the direction
 * of writing gets into the log.
 */
export function printableTail(stream: Readable): () => string {
  let kept: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
  });
  stream.on('error', () => undefined); // nothing more can be read: what came so far is the tail
  return () => {
    const line = kept
      .toString('utf8')
      .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
      .trim();
    return [...line].slice(-TAIL_CHARACTERS).join('');
  };
}
