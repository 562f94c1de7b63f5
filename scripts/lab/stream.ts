import { isIPv6 } from 'node:net';
import { datagramsForNobodyByFamily, packetsSent } from './counts.ts';
import { addresses, type Lab } from './lab.ts';
import type { Running } from './process.ts';
import { waitUntil } from './wait.ts';

const PESTER = new URL('./pester.ts', import.meta.url).pathname;
/** Nobody serves it and it is not monitored: what gets there is counted by the network stack. */
const PORT = 5000;

export type StreamOptions = {
  /** So many each millisecond, as far as the machine can. */
  readonly burst?: number;
  /** Default: the address of the sentry's host in the same family. */
  readonly to?: string;
};

/** Datagrams from one address of the scanner's machine to one of the sentry's, until they are ended. */
export class Stream {
  readonly #lab: Lab;
  readonly #running: Running;
  readonly #family: 4 | 6;

  private constructor(lab: Lab, running: Running, family: 4 | 6) {
    this.#lab = lab;
    this.#running = running;
    this.#family = family;
  }

  static async start(lab: Lab, from: string, { burst = 5, to }: StreamOptions = {}): Promise<Stream> {
    const family = isIPv6(from) ? 6 : 4;
    const { ipv4, ipv6 } = addresses.sentry;
    const args = [PESTER, from, to ?? (family === 6 ? ipv6 : ipv4), String(PORT), String(burst)];
    const running = lab.scanner.spawn(process.execPath, args);
    await running.waitFor('the stream', () => running.stdout.includes('ready'));
    return new Stream(lab, running, family);
  }

  /** Datagrams of its family that have reached the network stack of the sentry's host, those of other streams too. */
  async passed(): Promise<number> {
    return (await datagramsForNobodyByFamily(this.#lab.sentry))[this.#family];
  }

  /** Resolves when some more of them get through. */
  async getsThrough(): Promise<void> {
    const before = await this.passed();
    await waitUntil('packets get through', async () => (await this.passed()) > before);
  }

  /** Resolves when so many more packets have left the scanner's machine, whosesoever. */
  async goesOn(packets = 2000): Promise<void> {
    const before = await packetsSent(this.#lab.scanner);
    await waitUntil(
      'more packets are sent',
      async () => (await packetsSent(this.#lab.scanner)) > before + packets,
    );
  }

  /** Ends it; answers how many datagrams have left. */
  async stop(): Promise<number> {
    const { stdout } = await this.#running.stop();
    const sent = /^sent (\d+), /m.exec(stdout)?.[1];
    if (sent === undefined) throw new Error(`the stream does not say what it has sent: ${stdout}`);
    return Number(sent);
  }
}
