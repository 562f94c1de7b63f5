import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { judge } from '../../scripts/bench/bars.ts';
import { keptBench } from '../../scripts/bench/documents.ts';
import { page } from '../../scripts/eval/documents.ts';
import type { Kept } from '../../scripts/eval/run.ts';
import { makeProgram } from '../../src/cli/program.ts';
import { defaultRules } from '../../src/config/default-rules.ts';
import { parsePolicy } from '../../src/config/load.ts';
import { probeKinds } from '../../src/detect/probe.ts';
import { errorCodes } from '../../src/errors.ts';
import { outcomes } from '../../src/kernel/names.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const silent = { out: () => {}, err: () => {} };

test('every error code is in docs/errors.md, with its exit code, and no other is', () => {
  const rows = [...read('docs/errors.md').matchAll(/^\| `(XS_ERR_\w+)` \| (\d) \|/gm)];
  const documented = Object.fromEntries(rows.map(([, code, exit]) => [code!, Number(exit)]));
  const defined = Object.fromEntries(Object.entries(errorCodes).map(([code, { exit }]) => [code, exit]));
  assert.deepEqual(documented, defined);
});

test('every outcome of the data plane is among the label values of docs/metrics.md', () => {
  const line = /`xdpsentry_packets_total` \| `reason` \| (.*) \|/.exec(read('docs/metrics.md'))![1]!;
  const documented = new Set([...line.matchAll(/`(\w+)`/g)].map(([, reason]) => reason!));
  assert.deepEqual(documented, new Set(outcomes.map(({ reason }) => reason)));
});

test('every metric in docs/metrics.md has the prefix, and every counter ends in _total', () => {
  const rows = [...read('docs/metrics.md').matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \|/gm)];
  assert.ok(rows.length >= 13);
  for (const [, name, type] of rows) {
    assert.match(name!, /^xdpsentry_/);
    assert.equal(type === 'counter', name!.endsWith('_total'), name);
  }
});

test('the configuration in the README is a configuration', () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(read('README.md'))![1]!;
  const policy = parsePolicy(yaml, 'README.md');
  assert.equal(policy.mode, 'enforce');
  assert.deepEqual(
    policy.rules.map(({ name }) => name),
    ['scan', 'stealth'],
  );
});

test('the commands in the README exist', () => {
  const known = makeProgram(silent).commands.map((command) => command.name());
  const used = [...read('README.md').matchAll(/scripts\/xdpsentry (\w+)/g)].map(([, name]) => name!);
  assert.ok(used.length >= 7);
  for (const name of used) assert.ok(known.includes(name), name);
});

test('the make targets in the documents exist, and those that were promised', () => {
  const targets = new Set([...read('Makefile').matchAll(/^([a-z]+):/gm)].map(([, name]) => name!));
  for (const path of ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'CHANGELOG.md']) {
    for (const [, name] of read(path).matchAll(/(?:`|^)make ([a-z]+)/gm)) {
      assert.ok(targets.has(name!), `${path}: make ${name}`);
    }
  }
  for (const name of [
    'demo',
    'test',
    'run',
    'help',
    'build',
    'gen',
    'lint',
    'fmt',
    'check',
    'bench',
    'clean',
  ]) {
    assert.ok(targets.has(name), name);
  }
});

test('every folder of src is in ARCHITECTURE.md', () => {
  const folders = readdirSync(new URL('src', root), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  for (const { name } of folders) assert.match(read('ARCHITECTURE.md'), new RegExp(`\`src/${name}/\``));
});

test('the README says how many of its own bars the project misses', () => {
  const missed = judge(keptBench().results).filter(({ verdict }) => verdict === 'MISS').length;
  assert.equal(Number(/(\d+) of the bars that .* are missed/.exec(read('README.md'))?.[1]), missed);
});

test('the files and tests that SECURITY.md names exist', () => {
  const text = read('SECURITY.md');
  const files = [...text.matchAll(/`((?:src|bpf)\/[\w./-]+)`/g)].map(([, path]) => path!);
  assert.ok(files.length >= 10);
  for (const path of files) assert.ok(existsSync(new URL(path, root)), path);

  const cells = [...text.matchAll(/^\|.*\| ([^|]*test\/[^|]*) \|$/gm)].map(([, cell]) => cell!);
  assert.ok(cells.length >= 20);
  for (const cell of cells) {
    let folder = '';
    for (const [, name] of cell.matchAll(/`([\w./-]+)`/g)) {
      const path = name!.startsWith('test/') ? name! : `${folder}/${name}`; // a name alone is beside the one before
      folder = dirname(path);
      const is = (suffix: string) => existsSync(new URL(`${path}${suffix}`, root));
      assert.ok(is('.test.ts') || is('/'), path);
    }
  }
});

test('every test that docs/reliability.md names is there', () => {
  const cells = [...read('docs/reliability.md').matchAll(/`(test\/[\w/.-]+\.test\.ts)`: (.+?)(?= \||<br>)/g)];
  assert.ok(cells.length >= 25, `${cells.length} tests`);
  for (const [, path, title] of cells) assert.ok(read(path!).includes(title!), `${path}: ${title}`);
});

test('docs/evaluation.md is what the figures beside it say', () => {
  const kept = JSON.parse(read('docs/evaluation/eval.json')) as Kept;
  assert.equal(read('docs/evaluation.md'), page(kept));
  assert.ok(kept.run.captures > 0 && kept.run.scenes > 0);
});

test('docs/detection.md has a row for each built-in rule, and for no other', () => {
  const table = /## The built-in rules\n\n([\s\S]*?)\n\n/.exec(read('docs/detection.md'))![1]!;
  const rows = [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(
    rows,
    defaultRules.map(({ rule }) => rule.name),
  );
});

test('docs/detection.md tells of each kind of probe', () => {
  const table = /## What counts: a probe\n\n([\s\S]*?)\n\nWhat is no probe/.exec(
    read('docs/detection.md'),
  )![1]!;
  const cells = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) => cell!.split(' '));
  assert.deepEqual(cells.map((cell) => cell.replaceAll('`', '')).sort(), [...probeKinds].sort());
});
