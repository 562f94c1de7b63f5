/** The watched interface goes, and another one of that name comes: a tunnel, a link that is made anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { BlockEntry, Status } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const [OURS, THEIRS] = ['xsgoes0', 'xsgoes1'];
const [SERVER, SCANNER] = ['198.18.5.1', '198.18.5.2'];
const POLICY = `
mode: enforce
rules:
  - { name: scan, distinct_ports: 4, window: 1h, block_for: 1h }
`;
const attached = `xdpsentry_interface_attached{interface="${OURS}",mode="native"}`;
const syns = 'xdpsentry_probes_total{protocol="tcp",kind="syn"}';

async function connect({ sentry, scanner }: Lab): Promise<void> {
  const there = ['peer', 'name', THEIRS, 'netns', scanner.namespace];
  await sentry.execute('ip', ['link', 'add', OURS, 'type', 'veth', ...there]);
  for (const [host, name, address] of [
    [sentry, OURS, SERVER] as const,
    [scanner, THEIRS, SCANNER] as const,
  ]) {
    await host.execute('ip', ['address', 'add', `${address}/24`, 'dev', name]);
    await host.execute('ip', ['link', 'set', name, 'up']);
  }
}

test('an interface that is made anew is watched again; blocks, what is known of sources and counts go on', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
}, async () => {
  await using lab = await Lab.create();
  await connect(lab);
  const sentry = await LabSentry.start(lab, POLICY, ['--interface', OURS]);
  const probe = (ports: string) =>
    nmap(lab.scanner, ['-sS', '-Pn', '-p', ports, '--max-retries', '0', SERVER]);
  const metric = async (series: string) => metricValue(await sentry.metrics(), series);
  const blocked = async () => (await sentry.command<BlockEntry[]>('blocks')).map(({ source }) => source);
  const warning = (words: RegExp) =>
    sentry.waitForLine(String(words), (line) => line.event === 'warning' && words.test(String(line['text'])));

  await sentry.command('block', '203.0.113.7');
  await probe('1,2,3');
  await waitUntil('three probes are counted', async () => (await metric(syns)) >= 3);
  await lab.sentry.execute('ip', ['link', 'delete', OURS]);
  await warning(/^xsgoes0 has gone; it is watched again when it is back$/);
  assert.equal(await metric(attached), 0);
  assert.equal((await sentry.command<Status>('status')).interfaces[0]?.isAttached, false);

  await connect(lab);
  await warning(/^xsgoes0 is back, and watched again \(XDP native\)$/);
  assert.equal(await metric(attached), 1);
  assert.deepEqual(await blocked(), ['203.0.113.7']);
  assert.equal(lab.pins().length, 1);
  await probe('4');
  await waitUntil('the fourth port is enough', async () => (await blocked()).includes(SCANNER));
  assert.equal((await sentry.stop()).code, 0);
  assert.deepEqual(lab.pins(), []);
});

test('of one without Ethernet nothing is said while it is gone; a device of another kind is not watched in its place', {
  skip: needs('root', 'bpf', 'netns', 'bpffs'),
}, async () => {
  await using lab = await Lab.create();
  const tunnel = (what: 'add' | 'del') =>
    lab.sentry.execute('ip', ['tuntap', what, 'dev', OURS, 'mode', 'tun']);
  await tunnel('add');
  const sentry = await LabSentry.start(lab, POLICY, ['--interface', OURS]);
  const warnings = () =>
    sentry.lines().flatMap(({ event, text }) => (event === 'warning' ? [String(text)] : []));
  const before = warnings().length;
  const said = (words: RegExp) => sentry.waitFor(String(words), () => words.test(warnings().at(-1) ?? ''));

  await tunnel('del');
  await said(/has gone/);
  await connect(lab);
  await said(/back, and not watched: The interface has come back as a device of another kind: xsgoes0/);
  await lab.sentry.execute('ip', ['link', 'delete', OURS]);
  await tunnel('add');
  await said(/back, and watched again \(XDP generic\)/);
  assert.equal(warnings().length - before, 3);
});
