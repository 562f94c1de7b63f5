/** Rules at work together, on real packets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { LabSentry, type LogLine } from '../../scripts/lab/sentry.ts';
import type { BlockEntry } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const { sentry: target, scanner } = addresses;
const probe = (lab: Lab, kind: string, ports: string) =>
  nmap(lab.scanner, [kind, '-p', ports, '--max-retries', '0', target.ipv4]);

test('the default rules catch a plain scan at its fourth port, and the alert adds up', { skip }, async () => {
  await using lab = await Lab.create();
  const sentry = await LabSentry.start(lab, 'mode: enforce\n');
  await probe(lab, '-sT', '1-100'); // with the headers of Linux, in which no tool shows
  const alert = await sentry.waitForLine('the alert', ({ event }) => event === 'alert');
  assert.equal(alert['rule'], 'scan');
  assert.equal(alert['probes'], 4);
  assert.equal(alert['action'], 'block');
  assert.match(
    String(alert['msg']),
    /^alert scan: 198\.51\.100\.66 sent 4 probes .*\(syn\) to 198\.51\.100\.1, ports /,
  );
  const block = await sentry.waitForLine('the block', ({ event }) => event === 'blocked');
  assert.equal(block['seconds'], 600);
});

test('the default rules know nmap by its own headers', { skip }, async () => {
  await using lab = await Lab.create();
  const sentry = await LabSentry.start(lab, 'mode: enforce\n');
  await probe(lab, '-sS', '1-100');
  const isTool = ({ event, ...line }: LogLine) => event === 'alert' && line['rule'] === 'tool';
  const alert = await sentry.waitForLine('the alert', isTool);
  assert.deepEqual([alert['tool'], alert['probes']], ['nmap', 2]);
  await sentry.waitForLine('the block', ({ event }) => event === 'blocked');
});

test('a rule that blocks for longer does so, though an instant rule was faster; and unblocking holds', {
  skip,
}, async () => {
  await using lab = await Lab.create();
  const policy = `
mode: enforce
rules:
  - { name: fin, kinds: [fin], instant: true, block_for: 1m }
  - { name: wide, distinct_ports: 3, window: 1h, block_for: 1d }
`;
  const sentry = await LabSentry.start(lab, policy);
  const blocks = () => sentry.command<BlockEntry[]>('blocks');
  const alertsOf = (rule: string) =>
    sentry.lines().filter((line) => line.event === 'alert' && line['rule'] === rule);

  await probe(lab, '-sS', '1,2');
  await probe(lab, '-sF', '3');
  await sentry.waitFor('both alerts', () => alertsOf('fin').length === 1 && alertsOf('wide').length === 1);
  const [block] = await blocks();
  assert.ok(block!.remainingSeconds! > 80_000, `blocked for ${block!.remainingSeconds} s`);
  assert.match(block!.reason, /^wide: /);

  await sentry.command('unblock', scanner.ipv4);
  assert.deepEqual(await blocks(), []);
  await probe(lab, '-sS', '4');
  assert.equal(alertsOf('wide').length, 1, 'what was lifted is forgotten');
  await probe(lab, '-sF', '5');
  await sentry.waitFor('the next instant block', () => alertsOf('fin').length === 2);
  await assert.rejects(
    lab.scanner.execute('ping', ['-c', '1', '-W', '1', target.ipv4]),
    'the block is in force',
  );
});

test('a rule that blocks for less does not shorten an instant block whose event is still on the way', {
  skip,
}, async () => {
  await using lab = await Lab.create();
  const policy = `
mode: enforce
rules:
  - { name: null-scan, kinds: ['null'], instant: true, block_for: 1h }
  - { name: wide, only: { tcp: 1-100 }, distinct_ports: 3, window: 1h, block_for: 10m }
`;
  const sentry = await LabSentry.start(lab, policy);
  // While it is stopped the kernel goes on, and everything waits in the ring.
  process.kill(sentry.pid, 'SIGSTOP');
  await probe(lab, '-sS', '1-3');
  await probe(lab, '-sN', '4');
  process.kill(sentry.pid, 'SIGCONT');
  await sentry.waitForLine(
    'the instant alert',
    (line) => line.event === 'alert' && line['rule'] === 'null-scan',
  );
  const [block] = await sentry.command<BlockEntry[]>('blocks');
  assert.ok(block!.remainingSeconds! > 3_000, `blocked for ${block!.remainingSeconds} s`);
});
