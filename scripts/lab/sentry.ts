import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../../src/control/client.ts';
import type { BlockEntry, Request, Results } from '../../src/control/protocol.ts';
import type { Lab } from './lab.ts';
import { execute, type Finished, type Running } from './process.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const FETCH = new URL('./fetch.ts', import.meta.url).pathname;

/** A line of the JSON log. */
export type LogLine = { readonly event: string; readonly time: string; readonly [key: string]: unknown };

/** The sentry under test: the real program, as its own process, inside the lab. */
export class LabSentry {
  readonly #lab: Lab;
  readonly #running: Running;
  readonly #socket: string;

  private constructor(lab: Lab, running: Running, socket: string) {
    this.#lab = lab;
    this.#running = running;
    this.#socket = socket;
  }

  /**
   * Starts it with the given YAML (the metrics port is its own namespace's) and waits until it watches. `before` is what stands
   * before the command, like `setpriv …`; `program` is the sentry itself, if it is not to run from its sources.
   */
  static async start(
    lab: Lab,
    yaml: string,
    args: readonly string[] = [],
    before: readonly string[] = [],
    program: readonly string[] = [process.execPath, MAIN],
  ): Promise<LabSentry> {
    const sentry = LabSentry.begin(lab, yaml, args, before, program);
    await sentry.isStarted();
    return sentry;
  }

  /** Starts it and waits for nothing. */
  static begin(
    lab: Lab,
    yaml: string,
    args: readonly string[] = [],
    before: readonly string[] = [],
    program: readonly string[] = [process.execPath, MAIN],
  ): LabSentry {
    const config = join(lab.directory, 'xdpsentry.yaml');
    const socket = join(lab.directory, 'control.sock');
    // What one test does must be no other's history, and nothing is left behind on the machine.
    writeFileSync(config, /^memory:/m.test(yaml) ? yaml : `${yaml}\nmemory: { path: off }\n`);
    const run = [
      'run',
      '-c',
      config,
      ...(args.includes('--interface') || /^interface:/m.test(yaml)
        ? []
        : ['--interface', lab.sentry.interface]),
      '--socket',
      socket,
      '--log-format',
      'json',
    ];
    const [command, ...rest] = [...before, ...program, ...run, ...args];
    const running = lab.sentry.spawn(command!, rest);
    return new LabSentry(lab, running, socket);
  }

  /** Resolves when it watches. */
  async isStarted(): Promise<void> {
    await this.waitForLine('the start', ({ event }) => event === 'started');
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** Bytes of all lines logged so far: more than before when another one has come. */
  get logged(): number {
    return this.#running.stdout.lastIndexOf('\n') + 1;
  }

  /** The latest one, without a look at all others. */
  lastLine(): LogLine {
    const whole = this.#running.stdout.slice(0, this.logged - 1);
    return JSON.parse(whole.slice(whole.lastIndexOf('\n') + 1)) as LogLine;
  }

  /** All lines logged so far. */
  lines(): LogLine[] {
    const whole = this.#running.stdout.slice(0, this.logged);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits until `found` answers something, asking anew with each line. */
  async waitFor<T>(what: string, found: () => T | undefined | false, timeoutMs?: number): Promise<T> {
    return await this.#running.waitFor(what, found, timeoutMs);
  }

  /** The first line, of those that were or will be logged, that matches. */
  async waitForLine(what: string, matches: (line: LogLine) => boolean, timeoutMs?: number): Promise<LogLine> {
    return await this.#running.waitFor(what, () => this.lines().find(matches), timeoutMs);
  }

  /** What it has complained of so far where its log could not be told. */
  get complaints(): string {
    return this.#running.stderr;
  }

  /** What it has warned of so far, and said of its memory. */
  get warnings(): string[] {
    return this.lines().flatMap(({ event, text }) =>
      event === 'warning' || event === 'memory' ? [String(text)] : [],
    );
  }

  /** Resolves when it has warned of what `words` match; answers with the whole text. */
  async waitForWarning(words: RegExp, timeoutMs?: number): Promise<string> {
    const found = () => this.warnings.find((text) => words.test(text));
    return await this.#running.waitFor(String(words), found, timeoutMs);
  }

  /** Asks it by its control socket: quicker than a command line, where many questions are asked. */
  async ask<Command extends keyof Results>(
    request: Request & { command: Command },
  ): Promise<Results[Command]> {
    return await ask<Command>(this.#socket, request);
  }

  /** Its blocks, by source. */
  async blocks(): Promise<ReadonlyMap<string, BlockEntry>> {
    return new Map((await this.ask({ command: 'blocks' })).map((entry) => [entry.source, entry]));
  }

  /** Runs a command line against its control socket; answers with its JSON. */
  async command<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.text(...args, '--json')) as T;
  }

  /** The same; answers with its words. */
  async text(...args: readonly string[]): Promise<string> {
    return (await execute(process.execPath, [MAIN, ...args, '--socket', this.#socket])).stdout;
  }

  /** The text of its metrics page. */
  async metrics(): Promise<string> {
    const url = 'http://127.0.0.1:9731/metrics';
    return (await this.#lab.sentry.execute(process.execPath, [FETCH, url])).stdout;
  }

  /** Its end, however that comes. */
  get ended(): Promise<Finished> {
    return this.#running.finished;
  }

  /** Ends it at once; nothing of it gets a turn. */
  async die(): Promise<void> {
    this.#running.kill('SIGKILL');
    await this.#running.finished;
  }

  /** Keeps it from running until `wake()`. */
  async freeze(): Promise<void> {
    this.#running.kill('SIGSTOP');
    while (!/\) T /.test(readFileSync(`/proc/${this.pid}/stat`, 'latin1'))) await new Promise(setImmediate);
  }

  wake(): void {
    this.#running.kill('SIGCONT');
  }

  /** Ends it, and its program with it. */
  async stop(): Promise<Finished> {
    return await this.#running.stop('SIGINT');
  }

  /** Ends it as a service manager does: its program stays. */
  async leave(): Promise<Finished> {
    return await this.#running.stop('SIGTERM');
  }
}

/** The value of one series, e.g. `xdpsentry_packets_total{verdict="drop",reason="blocked"}`. */
export function metricValue(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  if (!line) throw new Error(`there is no series ${series}`);
  return Number(line.slice(series.length + 1));
}
