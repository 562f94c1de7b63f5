import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Lab } from './lab.ts';
import { PrivateRoot } from './private-root.ts';
import type { Running } from './process.ts';
import { Syslog, type SyslogLine } from './syslog.ts';

export const protocols = ['tcp', 'udp'] as const;
export type Protocol = (typeof protocols)[number];
/** As PortSentry 1.2 calls them, which is also the suffix of the blocked file. */
export type Mode = 'tcp' | 'stcp' | 'atcp' | 'udp' | 'sudp' | 'audp';
export const protocolOf = (mode: Mode): Protocol => (mode.endsWith('tcp') ? 'tcp' : 'udp');

/** `classic` is Debian's PortSentry 1.2, `ours` stands in for it. */
export const candidates = ['classic', 'ours'] as const;
export type Candidate = (typeof candidates)[number];

/** Files of the host that runs it, by absolute path. */
export type Files = Readonly<Record<string, string>>;

export const CONFIG = '/etc/portsentry/portsentry.conf';
export const IGNORE = '/etc/portsentry/portsentry.ignore';
export const HISTORY = '/var/lib/portsentry/portsentry.history';
export const BLOCKED = '/var/lib/portsentry/portsentry.blocked';
export const HOSTS_DENY = '/etc/hosts.deny';
/** Where commands of a test's configuration are to leave a line each. */
export const COMMANDS = '/var/log/commands';

/** Unpacked by scripts/setup.sh, not installed: its package would start it. */
export const CLASSIC = new URL('../../build/portsentry-1.2/usr/sbin/portsentry', import.meta.url).pathname;
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

const PATIENCE_MS = 30_000;
const POLL_MS = 5;
const HAS_STARTED = /^adminalert: PortSentry is now active and listening\.$/;
const HAS_STOPPED = /^adminalert: PortSentry is shutting down$/;

/** A host with one of both PortSentrys on it, on a lab of its own. What it touches is a private copy. */
export class PortsentryHost implements AsyncDisposable {
  readonly candidate: Candidate;
  readonly lab: Lab;
  readonly root: PrivateRoot;
  readonly #syslog: Syslog;
  /** Ours, which stays in the foreground. */
  #running: Running | undefined;

  private constructor(candidate: Candidate, lab: Lab, root: PrivateRoot, syslog: Syslog) {
    this.candidate = candidate;
    this.lab = lab;
    this.root = root;
    this.#syslog = syslog;
  }

  /** Nothing runs yet. The ignore file is Debian's unless `files` has one. */
  static async create(candidate: Candidate, files: Files): Promise<PortsentryHost> {
    const lab = await Lab.create();
    try {
      const root = await PrivateRoot.create(lab.sentry, join(lab.directory, 'root'));
      const syslog = await Syslog.listen(lab.sentry, root.path('/dev/log'));
      const host = new PortsentryHost(candidate, lab, root, syslog);
      mkdirSync(root.path(dirname(HISTORY)), { recursive: true });
      for (const [path, text] of Object.entries({ [IGNORE]: '127.0.0.1/32\n0.0.0.0\n', ...files })) {
        host.write(path, text);
      }
      return host;
    } catch (error) {
      await lab.dispose();
      throw error;
    }
  }

  /** Starts it in these modes and waits until it listens. Throws when it stops instead, with its log. */
  async start(modes: readonly Mode[]): Promise<void> {
    if (this.candidate === 'ours') return await this.#startOurs(modes);
    for (const mode of modes) {
      const before = this.log().length;
      const { code, stdout } = await this.root.spawn(CLASSIC, [`-${mode}`]).finished; // the daemon it leaves goes on
      if (code !== 0) throw new Error(`portsentry -${mode} ended with ${code}: ${stdout}`);
      await this.#waitForStart(before);
    }
  }

  /** What it has sent to syslog, in order. */
  log(): SyslogLine[] {
    return this.#syslog.lines();
  }

  /** Their texts. */
  lines(): string[] {
    return this.log().map(({ text }) => text);
  }

  /** The text of a file; empty when it is not there. */
  read(path: string): string {
    const outside = this.root.path(path);
    return existsSync(outside) ? readFileSync(outside, 'latin1') : '';
  }

  write(path: string, text: string): void {
    const outside = this.root.path(path);
    mkdirSync(dirname(outside), { recursive: true });
    writeFileSync(outside, text, 'latin1');
  }

  /** Waits until `found` answers something in its log or its files; throws with the log when it takes too long. */
  async waitFor<T>(what: string, found: () => T | undefined | false): Promise<T> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = found();
      if (answer !== undefined && answer !== false) return answer;
      if (performance.now() > deadlineMs) {
        const said = [...this.lines(), this.#running?.stderr].join('\n');
        throw new Error(`${this.candidate}: waiting for ${what}: ${PATIENCE_MS} ms are over\n${said}`);
      }
      await setTimeout(POLL_MS);
    }
  }

  /** Ends it with SIGTERM, as the init script does, and waits for its last words. */
  async stop(): Promise<void> {
    const daemons = this.#daemons();
    const before = this.#farewells();
    for (const { pid } of daemons) process.kill(pid, 'SIGTERM');
    await this.waitFor('its last words', () => this.#farewells() === before + daemons.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.root.dispose();
    await this.lab.dispose();
  }

  async #startOurs(modes: readonly Mode[]): Promise<void> {
    const network = ['--interface', this.lab.sentry.interface, '--socket', '/run/xdpsentry.sock'];
    const words = modes.map((mode) => `-${mode}`);
    const args = [MAIN, 'portsentry', ...words, ...network, '--foreground'];
    this.#running = this.root.spawn(process.execPath, args);
    await Promise.race([this.#waitForStart(0), failure(this.#running)]);
  }

  async #waitForStart(before: number): Promise<void> {
    await this.waitFor('its start', () => {
      const texts = this.lines().slice(before);
      if (texts.some((text) => HAS_STOPPED.test(text))) throw new Error(`it stopped:\n${texts.join('\n')}`);
      return texts.some((text) => HAS_STARTED.test(text));
    });
  }

  #daemons() {
    return this.root
      .processes()
      .filter(({ command }) => command === 'portsentry' || command.startsWith(`${CLASSIC} `));
  }

  #farewells(): number {
    return this.lines().filter((text) => HAS_STOPPED.test(text)).length;
  }
}

/** Never resolves; rejects when the process ends. */
async function failure(running: Running): Promise<never> {
  const { code, stdout, stderr } = await running.finished;
  throw new Error(`it ended with ${code}: ${stderr || stdout}`);
}
