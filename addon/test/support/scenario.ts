import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Longer than any scenario takes on a busy machine: what reaches it hangs. */
const DEADLINE_MS = 60_000;

export type ScenarioOptions = {
  /** Name of the network namespace to run in. */
  readonly netns?: string;
  /** How many descriptors the process may have; else as many as this one. */
  readonly maxDescriptors?: number;
  readonly nodeOptions?: readonly string[];
  readonly arguments?: readonly string[];
};

/** Runs one function of scenario/`file`.ts in a process of its own, for what a process can only try on itself. */
export function run(file: string, name: string, options: ScenarioOptions = {}) {
  const script = fileURLToPath(new URL(`../scenario/${file}.ts`, import.meta.url));
  const node = [
    process.execPath,
    '--expose-gc',
    ...(options.nodeOptions ?? []),
    script,
    name,
    ...(options.arguments ?? []),
  ];
  // Not `ip netns exec`: that mounts another /sys, in which there are no pins.
  const limited = options.maxDescriptors ? ['prlimit', `--nofile=${options.maxDescriptors}`, ...node] : node;
  const command = options.netns ? ['nsenter', `--net=/run/netns/${options.netns}`, ...limited] : limited;
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env; // A child is no test file, and prints for itself.
  const result = spawnSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    env: environment,
  });
  return { status: result.status, signal: result.signal, stdout: result.stdout, stderr: result.stderr };
}

/** As `run`, and fails unless the process ended well; returns what it printed. */
export function succeed(file: string, name: string, options: ScenarioOptions = {}): string {
  const { status, signal, stdout, stderr } = run(file, name, options);
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, `${name} failed:\n${stdout}${stderr}`);
  return stdout.trim();
}

/** For scenario files: runs the one that the command line names. */
export async function main(scenarios: Record<string, (...args: string[]) => unknown>): Promise<void> {
  const [name = '', ...args] = process.argv.slice(2);
  const scenario = scenarios[name];
  assert(scenario, `no scenario is called ${name}`);
  await scenario(...args);
}
