import { type ChildProcess, spawn } from 'node:child_process';

export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A child process whose output is kept, and waited on line by line. */
export class Running {
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  readonly finished: Promise<Finished>;
  stdout = '';
  stderr = '';
  #hasEnded = false;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    this.finished = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        this.#hasEnded = true;
        this.#wake();
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
    this.finished.catch(() => undefined); // asked for later, or never
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Waits until `found` answers something; throws when the process ends or the time is over before. */
  async waitFor<T>(what: string, found: () => T | undefined | false, timeoutMs = 15_000): Promise<T> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const answer = found();
      if (answer !== undefined && answer !== false) return answer;
      if (this.#hasEnded || deadline.aborted) {
        const why = this.#hasEnded ? 'the process ended' : `${timeoutMs} ms are over`;
        throw new Error(`waiting for ${what}: ${why}\n${this.stdout}\n${this.stderr}`);
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          deadline.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        deadline.addEventListener('abort', wake);
      });
    }
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }

  /** Ends it: politely, and after five seconds by force. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
    this.kill(signal);
    const force = setTimeout(() => this.kill('SIGKILL'), 5_000);
    try {
      return await this.finished;
    } finally {
      clearTimeout(force);
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/** Runs a command to its end; throws when it fails, with what it printed. */
export async function execute(command: string, args: readonly string[]): Promise<Finished> {
  return await succeed(new Running(command, args), `${command} ${args.join(' ')}`);
}

/** The end of a process that must end well; throws otherwise, with what it printed. */
export async function succeed(running: Running, what: string): Promise<Finished> {
  const finished = await running.finished;
  if (finished.code === 0) return finished;
  throw new Error(`${what} ended with ${finished.code}: ${finished.stderr || finished.stdout}`);
}
