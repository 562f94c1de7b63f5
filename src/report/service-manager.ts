import { setTimeout as sleep } from 'node:timers/promises';
import type { DatagramSocket } from './syslog.ts';

/** Errors of send() that pass: the manager is busy. */
const FULL = new Set(['EAGAIN', 'ENOBUFS', 'ENOMEM']);
/** How soon it is tried again. */
const ROOM_MS = 20;
/** Messages that wait for room before a new status is left out. What is more than a status is never left out. */
const MAX_WAITING = 8;
/** How long `close` waits for room. */
const CLOSE_MS = 500;

export type ServiceManagerOptions = {
  /** What it left there for us (sd_notify(3), sd_watchdog_enabled(3)) is taken out: nothing that this process starts may speak in its name. */
  readonly environment: Record<string, string | undefined>;
  readonly pid: number;
  readonly open: (path: string) => DatagramSocket;
  /** Told once when it cannot be reached. */
  readonly onError: (message: string) => void;
};

/**
 * Tells the service manager that has started this process, systemd for example, how it is; without one nothing happens. It never waits nor
 * throws. There is no MAINPID: this process is the one that was started, and in a PID namespace its number would mean another one to the manager.
 */
export class ServiceManager {
  /** Within this time it wants to hear that all is well, again and again; undefined: it does not. */
  readonly watchdogMs: number | undefined;
  readonly #path: string | undefined;
  readonly #options: ServiceManagerOptions;
  readonly #waiting: string[] = [];
  #socket: DatagramSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasComplained = false;

  constructor(options: ServiceManagerOptions) {
    this.#options = options;
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: forPid } = options.environment;
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete options.environment[name];
    this.#path = path || undefined;
    const isOurs = forPid === undefined || Number(forPid) === options.pid;
    this.watchdogMs =
      this.#path !== undefined && isOurs && Number(usec) > 0 ? Number(usec) / 1000 : undefined;
  }

  /** The start has come to its end. */
  ready(status: string): void {
    this.#send(`READY=1\nSTATUS=${oneLine(status)}`);
  }

  stopping(status: string): void {
    this.#send(`STOPPING=1\nSTATUS=${oneLine(status)}`);
  }

  /** For who asks `systemctl status`. */
  tell(status: string): void {
    if (this.#waiting.length < MAX_WAITING) this.#send(`STATUS=${oneLine(status)}`);
  }

  /** All is well. When the manager has not yet taken what was said before, it hears this another time. */
  alive(): void {
    if (this.#waiting.length === 0) this.#send('WATCHDOG=1');
  }

  /** Resolves when the manager has heard everything, or half a second is over. */
  async close(): Promise<void> {
    for (let waitedMs = 0; this.#waiting.length > 0 && waitedMs < CLOSE_MS; waitedMs += ROOM_MS) {
      await sleep(ROOM_MS);
      this.#flush();
    }
    clearTimeout(this.#timer);
    this.#disconnect();
  }

  #send(message: string): void {
    if (this.#path === undefined) return;
    this.#waiting.push(message);
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    for (let message = this.#waiting[0]; message !== undefined; message = this.#waiting[0]) {
      try {
        this.#socket ??= this.#options.open(this.#path!);
        this.#socket.send(Buffer.from(message));
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (FULL.has(code)) {
          this.#timer = setTimeout(() => this.#flush(), ROOM_MS);
          return;
        }
        this.#disconnect();
        this.#complain(error as Error);
      }
      this.#waiting.shift();
    }
  }

  #disconnect(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #complain(error: Error): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#options.onError(`the service manager does not listen at ${this.#path}: ${error.message}`);
  }
}

/** A line break would be the beginning of another message. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
