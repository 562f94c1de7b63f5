import { packetsSent } from '../lab/counts.ts';
import type { Lab } from '../lab/lab.ts';
import type { Running } from '../lab/process.ts';
import { waitUntil } from '../lab/wait.ts';

const PESTER = new URL('../lab/pester.ts', import.meta.url).pathname;

/** Nobody serves it and it is not monitored: what gets there is counted by the network stack. */
const PORT = 5000;

/** Datagrams from one address of the scanner's host to the sentry's, until it is ended. */
export class Stream {
  readonly #running: Running;

  private constructor(running: Running) {
    this.#running = running;
  }

  static async start(lab: Lab, from: string, to: string, burst = 1): Promise<Stream> {
    const running = lab.scanner.spawn(process.execPath, [PESTER, from, to, String(PORT), String(burst)]);
    await running.waitFor('the stream', () => running.stdout.includes('ready'));
    return new Stream(running);
  }

  /** Ends it; answers how many datagrams have left. */
  async stop(): Promise<number> {
    const { stdout } = await this.#running.stop();
    const sent = /^sent (\d+), /m.exec(stdout)?.[1];
    if (sent === undefined) throw new Error(`the stream does not say what it has sent: ${stdout}`);
    return Number(sent);
  }
}

/** Resolves when so many more packets have left the scanner's host. */
export async function moreAreSent({ scanner }: Lab, count = 200): Promise<void> {
  const before = await packetsSent(scanner);
  await waitUntil('more packets are sent', async () => (await packetsSent(scanner)) > before + count);
}
