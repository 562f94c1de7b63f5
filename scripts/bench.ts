/**
 * The sentry side by side with what a user would pick instead, in one run. Prints tables and the bars, writes
 * build/bench.json and the plots; with --write also docs/performance.md. Whatever it sets up goes when it ends, also after Ctrl-C.
 *
 * Usage: node scripts/bench.ts [--write] [PART ...]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { judge } from './bench/bars.ts';
import { writeDocuments } from './bench/documents.ts';
import { parts } from './bench/parts.ts';
import { plotsOf } from './bench/plots.ts';
import { barsTable, losses, reasons, tableOf, toText } from './bench/report.ts';
import {
  type Bench,
  type Machine,
  type Missing,
  type PartName,
  partNames,
  type Result,
} from './bench/result.ts';
import { Interrupted, Scene } from './bench/scene.ts';

const build = new URL('../build/', import.meta.url);
const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean' } },
  allowPositionals: true,
});
const wanted = partNames.filter((name) => positionals.length === 0 || positionals.includes(name));
const unknown = positionals.filter((name) => !partNames.some((known) => known === name));
if (unknown.length > 0) end(2, `there is no part ${unknown.join(', ')}; there are ${partNames.join(', ')}`);
if (values.write && wanted.length < partNames.length) end(2, 'the document needs all parts, and of one run');
if (process.geteuid?.() !== 0) end(3, 'needs root, for network namespaces and XDP');

/** What a process printed until it failed may be long. */
const MAX_MESSAGE = 2000;

/** Parts that failed: the others go on, but it was no run to keep. */
const failed: PartName[] = [];
/** The part at work; signals take it down. */
let scene = new Scene();
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isInterrupted) return;
    isInterrupted = true;
    console.error('\ninterrupted: cleaning up');
    scene.interrupt().catch((error: Error) => console.error(`bench: ${error.message}`));
  });
}

try {
  const bench = await runAll(wanted);
  print(bench);
  save(bench);
  if (failed.length > 0) end(1, `failed: ${failed.join(', ')}`);
} catch (error) {
  if (!isInterrupted) console.error('bench:', error);
  process.exitCode = isInterrupted ? 130 : 1;
}

async function runAll(names: readonly PartName[]): Promise<Bench> {
  const machine = aboutThisMachine();
  const results: Result[] = [];
  const missing: Missing[] = [];
  for (const name of names) {
    const beganMs = performance.now();
    await using own = new Scene();
    scene = own;
    if (isInterrupted) throw new Interrupted('interrupted');
    try {
      const outcome = await parts[name].run(own, (text) => progress(`${name}: ${text}`));
      results.push(...outcome.results);
      missing.push(...outcome.missing);
      progress(`${name}: ${((performance.now() - beganMs) / 1000).toFixed(0)} s\n`);
    } catch (error) {
      if (isInterrupted) throw error;
      failed.push(name);
      progress(`${name}: ${(error as Error).message.slice(0, MAX_MESSAGE)}\n`);
    }
  }
  return { machine, results, missing };
}

function print(bench: Bench): void {
  const { kernel, cpu, cpus: count } = bench.machine;
  console.log(`\nLinux ${kernel}, ${cpu}, ${count} CPUs`);
  for (const name of wanted) {
    console.log(`\n${name}: ${parts[name].what}`);
    process.stdout.write(toText(tableOf(bench, name)));
  }
  console.log('\nbars');
  process.stdout.write(toText(barsTable(judge(bench.results))));
  for (const why of reasons(bench.missing)) console.log(`not available: ${why}`);
  for (const loss of losses(bench.results)) console.log(loss);
}

function save(bench: Bench): void {
  mkdirSync(build, { recursive: true });
  const judged = { ...bench, bars: judge(bench.results) };
  writeFileSync(new URL('bench.json', build), `${JSON.stringify(judged, undefined, 1)}\n`);
  for (const { file, svg } of plotsOf(bench.results)) writeFileSync(new URL(file, build), svg);
  if (values.write && failed.length === 0) writeDocuments(bench);
}

/** On a terminal, one line that changes; elsewhere, e.g. in a log, only what stays. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text.endsWith('\n')) process.stderr.write(text);
}

function aboutThisMachine(): Machine {
  return {
    kernel: release(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.versions.node,
    at: new Date().toISOString(),
    command: wanted.length === partNames.length ? 'make bench' : `make bench PART="${wanted.join(' ')}"`,
  };
}

function end(code: number, message: string): never {
  console.error(`bench: ${message}`);
  process.exit(code);
}
