import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, Lab } from './lab.ts';

const SEND_FRAMES = new URL('./send-frames.py', import.meta.url).pathname;

/** A frame that is to be sent so many seconds after the first one. */
export type TimedFrame = { readonly at: number; readonly frame: Uint8Array };

/** Sends frames from the scanner's end of the wire, in the order of their times; resolves when the last has left. */
export async function sendFrames(lab: Lab, frames: readonly TimedFrame[]): Promise<void> {
  const path = join(lab.directory, 'frames');
  const lines = frames.toSorted((a, b) => a.at - b.at);
  writeFileSync(path, lines.map(({ at, frame }) => `${at} ${Buffer.from(frame).toString('hex')}\n`).join(''));
  await lab.scanner.execute('python3', [SEND_FRAMES, lab.scanner.interface, path]);
}

/** The link-layer address of a host's interface, like `02:00:00:00:00:0a`. */
export async function linkAddress(host: Host): Promise<string> {
  const { stdout } = await host.execute('ip', ['-json', 'link', 'show', host.interface]);
  const [{ address }] = JSON.parse(stdout) as [{ address: string }];
  return address;
}
