import { join } from 'node:path';
import { Capture } from '../../src/capture/open.ts';
import { sendFrames } from './frames.ts';
import type { Lab } from './lab.ts';
import type { Running } from './process.ts';
import { waitUntil } from './wait.ts';

/** Ethernet to nobody, of a type for experiments (IEEE 802): no host looks at it. */
const MARK = Buffer.from(`02fffffffffe${'02ffffffffff'}88b5${'5a'.repeat(46)}`, 'hex');

/** A capture of what goes over the wire, taken at the scanner's end: before the sentry drops anything. */
export class Recorder {
  readonly path: string;
  readonly #lab: Lab;
  readonly #running: Running;

  private constructor(lab: Lab, path: string, running: Running) {
    this.#lab = lab;
    this.path = path;
    this.#running = running;
  }

  static async start(lab: Lab): Promise<Recorder> {
    const path = join(lab.directory, 'wire.pcapng');
    const running = lab.scanner.spawn('dumpcap', ['-q', '-i', lab.scanner.interface, '-w', path]);
    await running.waitFor('dumpcap', () => running.stderr.includes('File: '));
    return new Recorder(lab, path, running);
  }

  /** Ends it when everything that has been sent so far is in the file. Throws when a frame has got lost. */
  async stop(): Promise<void> {
    await sendFrames(this.#lab, [{ at: 0, frame: MARK }]);
    await waitUntil('the capture is complete', () => Promise.resolve(this.#hasMark()));
    const { stderr } = await this.#running.stop('SIGINT');
    const dropped = /received\/dropped on interface .*: \d+\/(\d+) /.exec(stderr)?.[1];
    if (dropped !== '0') throw new Error(`dumpcap has not kept every frame: ${stderr}`);
  }

  #hasMark(): boolean {
    for (const { bytes } of new Capture(this.path).frames()) if (MARK.equals(bytes)) return true;
    return false;
  }
}
