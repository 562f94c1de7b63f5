import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { execute, Running } from '../../scripts/lab/process.ts';
import { needs } from '../support/capability.ts';

const DEMO = new URL('../../scripts/demo.ts', import.meta.url).pathname;
const skip = needs('root', 'bpf', 'netns', 'nmap');
const started: Running[] = [];
const start = () => {
  const demo = new Running(process.execPath, [DEMO]);
  started.push(demo);
  return demo;
};
after(() => Promise.all(started.map((demo) => demo.stop())));

async function assertGone(output: string): Promise<void> {
  const names = [...output.matchAll(/network namespace (\S+)/g)].map(([, name]) => name!);
  assert.equal(names.length, 2);
  const { stdout } = await execute('ip', ['netns', 'list']);
  for (const name of names) assert.ok(!stdout.includes(name), `${name} is gone`);
  assert.match(output, /Cleaned up: no namespace, link, pin or process is left/);
}

test('the demo ends with the scanner blocked, and leaves nothing', { skip }, async () => {
  const { code, stdout, stderr } = await start().finished;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /without the sentry {2}1024 of 1024 ports/);
  assert.match(stdout, /with the sentry {8}[12] of 1024 ports/);
  assert.match(stdout, /alert instant: 198\.51\.100\.66 sent 1 probe \(syn\)/);
  assert.match(stdout, /blocked 198\.51\.100\.66 for 10m \(local: instant: \d+\/tcp\)/);
  assert.match(stdout, /verdict="drop",reason="blocked"} {2}0 -> [1-9]/);
  await assertGone(stdout);
});

for (const [when, seen] of [
  ['while it scans', '1. Without the sentry'],
  ['while the sentry runs', '2. With the sentry'],
] as const) {
  test(`interrupted ${when}, it leaves nothing either`, { skip }, async () => {
    const demo = start();
    await demo.waitFor(when, () => demo.stdout.includes(seen));
    demo.kill('SIGINT');
    const { code, stdout } = await demo.finished;
    assert.equal(code, 130);
    await assertGone(stdout);
  });
}
