/** The built sentry: emitted JavaScript, started as an operator starts it. `make test` builds it first. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

/** npx keeps a cache at home. */
const home = mkdtempSync(join(tmpdir(), 'xdpsentry-home-'));
after(() => rmSync(home, { recursive: true }));

const root = new URL('../..', import.meta.url).pathname;
const run = (command: string, args: readonly string[], cwd = root) =>
  spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: home },
  });

test('starts under the pinned Node.js from anywhere, whatever node the machine has', () => {
  const { status, stdout, stderr } = run(`${root}scripts/xdpsentry`, ['--version'], '/');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test('has everything that its commands need', () => {
  const { status, stdout, stderr } = run(`${root}scripts/xdpsentry`, ['check', '--json']);
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).mode, 'observe');
});

test('hands on the exit code', () => {
  assert.equal(run(`${root}scripts/xdpsentry`, ['nonsense']).status, 2);
});

test('answers to npx in the checkout', () => {
  const { status, stdout, stderr } = run('npx', ['--yes', 'xdpsentry', '--version']);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});
