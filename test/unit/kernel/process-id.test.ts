import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAlive, ownProcess } from '../../../src/kernel/process-id.ts';
import { waitUntil } from '../../support/wait-until.ts';

const startOf = (pid: number) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
};

test('this process lives', () => {
  const own = ownProcess();
  assert.equal(own.pid, process.pid);
  assert.ok(own.startTicks > 0);
  assert.equal(isAlive(own), true);
});

test('one that started at another time is another one', () => {
  const { pid, startTicks } = ownProcess();
  assert.equal(isAlive({ pid, startTicks: startTicks - 1 }), false);
});

test('a name with spaces and parentheses misleads nobody', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-name-'));
  const odd = join(directory, 'a) Z 1 (b');
  copyFileSync('/bin/sleep', odd);
  const child = spawn(odd, ['60']);
  try {
    await once(child, 'spawn');
    const named = () => readFileSync(`/proc/${child.pid}/stat`, 'latin1').includes('(a) Z 1 (b)');
    await waitUntil(named);
    assert.equal(isAlive({ pid: child.pid!, startTicks: startOf(child.pid!) }), true);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(directory, { recursive: true });
  }
});

test('one that was killed is dead, also while its parent has not asked after it', async () => {
  // The shell's child ends; `exec` puts a parent in the shell's place that never waits for it.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  try {
    const id = { pid, startTicks: startOf(pid) };
    assert.equal(isAlive(id), true);
    await waitUntil(() => readFileSync(`/proc/${parent.pid}/comm`, 'latin1') === 'sleep\n');
    process.kill(pid, 'SIGKILL');
    await waitUntil(() => !isAlive(id));
    assert.match(readFileSync(`/proc/${pid}/stat`, 'latin1'), /\) Z /, 'its entry is still there');
  } finally {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
});
