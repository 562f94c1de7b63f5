/**
 * Runs the tests layer by layer, from pure logic to real packets, and ends with the one line `N passed, N failed`.
 *
 * A skipped test is a failure unless it names a capability that this machine lacks (test/support/capability.ts decides,
 * by trying); and where CI is set even that is one, because CI's machine has them all.
 *
 * Usage: node scripts/test.ts [LAYER ...]
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { run } from 'node:test';

type Layer = { readonly name: string; readonly files: string; readonly concurrency: number };

/** Tests that share the kernel's one counter or clock run one file at a time. */
const layers: readonly Layer[] = [
  { name: 'unit', files: 'test/unit/**/*.test.ts', concurrency: availableParallelism() },
  { name: 'docs', files: 'test/docs/**/*.test.ts', concurrency: availableParallelism() },
  { name: 'addon', files: 'addon/test/**/*.test.ts', concurrency: 1 },
  { name: 'bpf', files: 'test/bpf/**/*.test.ts', concurrency: 1 },
  { name: 'cli', files: 'test/cli/**/*.test.ts', concurrency: 1 },
  { name: 'lab', files: 'test/lab/**/*.test.ts', concurrency: 1 },
];

/** Of one file: what waits for ever must not take the other tests with it. */
const TIMEOUT_MS = 15 * 60_000;

const root = new URL('..', import.meta.url).pathname;
const MISSING = /^missing capability: /;
const totals = { passed: 0, failed: 0, skipped: 0 };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !layers.some((layer) => layer.name === name));
if (unknown.length > 0) {
  console.error(
    `no such layer: ${unknown.join(', ')}; there are ${layers.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
for (const layer of layers) {
  if (wanted.length === 0 || wanted.includes(layer.name)) await runLayer(layer);
}
if (totals.passed + totals.failed === 0) fail('there was no test to run');
console.log(
  `${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`,
);
process.exitCode = totals.failed > 0 ? 1 : 0;

async function runLayer({ name, files, concurrency }: Layer): Promise<void> {
  const before = { ...totals };
  const startMs = performance.now();
  const events = run({
    files: globSync(files, { cwd: root }).map((file) => `${root}${file}`),
    concurrency,
    timeout: TIMEOUT_MS,
    cwd: root,
  });
  for await (const { type, data } of events) {
    if (type === 'test:stderr') process.stderr.write(data.message);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const where = `${relative(root, data.file ?? '')}: ${data.name}`;
    const isSuite = data.details.type === 'suite';
    // A suite that is skipped reports none of its tests: it counts as one skip. Other suites are their tests.
    if (data.skip !== undefined || data.todo !== undefined) countSkip(where, String(data.skip ?? 'todo'));
    else if (type === 'test:pass' && !isSuite) totals.passed++;
    else if (type === 'test:fail' && !failsByItsTests(data)) fail(where, data.details.error);
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const [passed, failed] = [totals.passed - before.passed, totals.failed - before.failed];
  console.log(
    `${name.padEnd(6)} ${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed  ${seconds} s`,
  );
}

/** A suite fails with its tests, which were told of; one that fails by itself, in a hook, must be told of, too. */
function failsByItsTests({
  details,
}: {
  readonly details: { readonly type?: string; readonly error: Error };
}): boolean {
  const { failureType } = details.error as Error & { failureType?: string };
  return details.type === 'suite' && failureType === 'subtestsFailed';
}

function countSkip(where: string, reason: string): void {
  if (!MISSING.test(reason)) {
    fail(where, new Error(`skipped without a missing capability: ${reason}`));
  } else if (process.env['CI']) {
    fail(where, new Error(`skipped, but CI has everything: ${reason}`));
  } else {
    totals.skipped++;
    console.log(`SKIP   ${where}: ${reason}`);
  }
}

function fail(where: string, error?: Error & { cause?: unknown }): void {
  totals.failed++;
  const cause =
    error?.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : (error?.stack ?? '');
  console.log(`FAIL   ${where}\n${cause.replace(/^/gm, '       ')}`);
}
