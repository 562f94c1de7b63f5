import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { waitUntil } from '../../support/wait-until.ts';

/** A directory for the test. */
export function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-cli-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const source = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);

/** A program of a few lines, in which `SRC/…` stands for this one's modules. */
export function writeProgram(directory: string, lines: string): string {
  const path = join(directory, 'program.mts');
  writeFileSync(
    path,
    lines.replaceAll(/'SRC\/([^']+)'/g, (_, module) => source(module)),
  );
  return path;
}

export type Running = { readonly process: ChildProcess; output(): string; readonly ended: Promise<unknown> };

/** Runs it until the test ends. */
export function run(t: TestContext, program: string, ...args: string[]): Running {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { process: child, output: () => output, ended };
}

/** Waits until the program has said so. */
export const says = (child: Running, word: string): Promise<void> =>
  waitUntil(() => child.output().includes(word));
