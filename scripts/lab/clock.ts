import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './process.ts';

const SOURCE = new URL('./clock/shift.c', import.meta.url).pathname;

/** A wall clock for processes of the lab that can be set, while the machine's stays as it is: see clock/shift.c. */
export class WallClock {
  readonly #file: string;
  readonly #library: string;
  #shiftMs = 0;

  private constructor(file: string, library: string) {
    this.#file = file;
    this.#library = library;
  }

  static async create(directory: string): Promise<WallClock> {
    const library = join(directory, 'clock-shift.so');
    await execute('clang', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, SOURCE]);
    const file = join(directory, 'clock-shift');
    writeFileSync(file, new Uint8Array(8));
    return new WallClock(file, library);
  }

  /** What stands before a command that is to go by this clock. */
  get before(): readonly string[] {
    return ['env', `LD_PRELOAD=${this.#library}`, `XS_CLOCK_SHIFT=${this.#file}`];
  }

  /** What the clock says now, in milliseconds. */
  now(): number {
    return Date.now() + this.#shiftMs;
  }

  /** Sets it to so many milliseconds after the machine's. In one step, for who reads it. */
  set(shiftMs: number): void {
    const bytes = new BigInt64Array([BigInt(shiftMs) * 1_000_000n]);
    const file = openSync(this.#file, 'r+');
    writeSync(file, bytes, 0, 8, 0);
    closeSync(file);
    this.#shiftMs = shiftMs;
  }
}
