import type { Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';

/** A list that is too long to be made, and written, at once. */
export type Portions = AsyncIterable<readonly unknown[]>;

/** Writes what was answered, and ends. Portions become one list, made no faster than the asker reads. */
export function sendResult(socket: Socket, result: unknown): void {
  if (!isInPortions(result)) {
    socket.end(`${JSON.stringify({ ok: true, result })}\n`);
    return;
  }
  // Who goes away meanwhile is let go; and what goes wrong while it is made, the asker sees cut short.
  pipeline(Readable.from(textOf(result), { objectMode: false }), socket, () => undefined);
}

const isInPortions = (result: unknown): result is Portions =>
  typeof result === 'object' && result !== null && Symbol.asyncIterator in result;

async function* textOf(portions: Portions): AsyncGenerator<string> {
  yield '{"ok":true,"result":[';
  let separator = '';
  for await (const portion of portions) {
    if (portion.length === 0) continue;
    yield separator + portion.map((item) => JSON.stringify(item)).join(',');
    separator = ',';
  }
  yield ']}\n';
}
