/** The watched interface goes, and another one of that name comes: a tunnel, a link that is made anew. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
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

test('of one without Ethernet nothing is said while it is gone; a device of another kind takes its place as well', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
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
  const blocked = async () => (await sentry.command<BlockEntry[]>('blocks')).map(({ source }) => source);

  await tunnel('del');
  await said(/has gone/);
  await connect(lab);
  await said(/back, and watched again \(XDP native\)/);
  await nmap(lab.scanner, ['-sS', '-Pn', '-p', '1-4', '--max-retries', '0', SERVER]);
  await waitUntil('its packets are read as Ethernet', async () => (await blocked()).includes(SCANNER));
  await lab.sentry.execute('ip', ['link', 'delete', OURS]);
  await said(/has gone/);
  await tunnel('add');
  await said(/back, and watched again \(XDP generic\)/);
  assert.equal(warnings().length - before, 4);
});

test('several are watched with one memory: those of a pattern as they come, and a tunnel beside them', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
}, async () => {
  await using lab = await Lab.create();
  await lab.sentry.execute('ip', ['tuntap', 'add', 'dev', 'xstun0', 'mode', 'tun']);
  const choice = [lab.sentry.interface, 'xs*', '!xsnot*'].flatMap((name) => ['--interface', name]);
  const sentry = await LabSentry.start(lab, POLICY, choice);
  const watched = async () =>
    (await sentry.command<Status>('status')).interfaces.map((it) => `${it.interface} ${it.xdp}`).sort();
  const blocked = async () => (await sentry.command<BlockEntry[]>('blocks')).map(({ source }) => source);
  const warning = (words: RegExp) =>
    sentry.waitForLine(String(words), (line) => line.event === 'warning' && words.test(String(line['text'])));
  const first = `${lab.sentry.interface} native`;
  assert.deepEqual(await watched(), [first, 'xstun0 generic']);

  await lab.sentry.execute('ip', ['tuntap', 'add', 'dev', 'xsnot0', 'mode', 'tun']);
  await connect(lab);
  await warning(/^xsgoes0 is watched, too \(XDP native\)$/);
  assert.deepEqual(await watched(), [first, 'xsgoes0 native', 'xstun0 generic'].sort());
  assert.equal(lab.pins().length, 3);

  // Two ports by one way and two by the other are four ports of one source.
  const scan = (ports: string, to: string) =>
    nmap(lab.scanner, [
      '-sS',
      '-Pn',
      '-S',
      SCANNER,
      '-e',
      lab.scanner.interface,
      '-p',
      ports,
      '--max-retries',
      '0',
      to,
    ]);
  await nmap(lab.scanner, ['-sS', '-Pn', '-p', '1,2', '--max-retries', '0', SERVER]);
  await scan('3,4', addresses.sentry.ipv4);
  await waitUntil('the scanner is blocked', async () => (await blocked()).includes(SCANNER));
  const dropped = 'xdpsentry_packets_total{verdict="drop",reason="blocked"}';
  const before = metricValue(await sentry.metrics(), dropped);
  await nmap(lab.scanner, ['-sS', '-Pn', '-p', '5', '--max-retries', '0', SERVER]);
  await scan('6', addresses.sentry.ipv4);
  assert.ok(metricValue(await sentry.metrics(), dropped) >= before + 2, 'by both ways');

  // The next one takes all of them over, and a reload lets go of what it does not mean any more.
  await sentry.leave();
  const policy = (names: string) => `${POLICY}\ninterface: [${names}]\nmemory: { path: off }\n`;
  const next = await LabSentry.start(lab, policy(`${lab.sentry.interface}, ${OURS}`));
  const sources = async () => (await next.command<BlockEntry[]>('blocks')).map(({ source }) => source);
  const names = async () => (await next.command<Status>('status')).interfaces.map((it) => it.interface);
  assert.deepEqual(await sources(), [SCANNER]);
  assert.deepEqual((await names()).sort(), [lab.sentry.interface, OURS].sort());
  assert.equal(lab.pins().length, 2, 'its program is taken off the tunnel');
  for (const wanted of [[lab.sentry.interface], ['xstun0', OURS]]) {
    writeFileSync(join(lab.directory, 'xdpsentry.yaml'), policy(wanted.join(', ')));
    await next.command('reload');
    assert.deepEqual((await names()).sort(), wanted.sort());
    assert.equal(lab.pins().length, wanted.length);
  }
  assert.deepEqual(await sources(), [SCANNER]);
});

test('of a pattern that means none yet it waits for the first, and says that nothing is watched', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap'),
}, async () => {
  await using lab = await Lab.create();
  const sentry = await LabSentry.start(lab, POLICY, ['--interface', 'xsgoes*']);
  const watched = async () => (await sentry.command<Status>('status')).interfaces.map((it) => it.interface);
  const metric = async () => metricValue(await sentry.metrics(), 'xdpsentry_interfaces');
  await sentry.waitForWarning(/^no interface is watched/);
  assert.deepEqual([await watched(), await metric()], [[], 0]);
  for (let round = 0; round < 2; round++) {
    await connect(lab);
    await waitUntil('it is watched', async () => (await metric()) === 1);
    await sentry.command('reload');
    await lab.sentry.execute('ip', ['link', 'delete', OURS]);
    await waitUntil('nothing is', async () => (await metric()) === 0);
    await sentry.command('reload'); // what is not there is no reason to refuse it
  }
  await connect(lab);
  await waitUntil('it is watched', async () => (await metric()) === 1);
  await nmap(lab.scanner, ['-sS', '-Pn', '-p', '1-5', '--max-retries', '0', SERVER]);
  await sentry.waitForLine('the block', ({ event, source }) => event === 'blocked' && source === SCANNER);
  assert.equal((await sentry.stop()).code, 0);
});
