import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { Capture } from '../../../src/capture/open.ts';

/** A directory for the captures of a test file. */
export function captures() {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-capture-'));
  after(() => rmSync(directory, { recursive: true }));
  let count = 0;
  return (bytes: Iterable<number>): Capture => {
    const path = join(directory, `${++count}.pcap`);
    writeFileSync(path, Uint8Array.from(bytes));
    return new Capture(path);
  };
}

/** All that is in it; frames are copies. */
export const framesOf = (capture: Capture) =>
  [...each(capture)].map(({ bytes, ...rest }) => ({ ...rest, bytes: [...bytes] }));

function* each(capture: Capture) {
  for (const frame of capture.frames()) yield { ...frame, bytes: Uint8Array.from(frame.bytes) };
}
