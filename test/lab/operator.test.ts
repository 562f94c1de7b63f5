/** What an operator does by hand, and how the sentry starts and ends. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import type { Running } from '../../scripts/lab/process.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { BlockEntry, Ports, Status, Why } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const POLICY = 'mode: observe\n';
const { sentry: server, scanner, client } = addresses;
const ECHO = `import { createSocket } from 'node:dgram';
  const socket = createSocket('udp4').on('message', (message, { port, address }) => socket.send(message, port, address));
  socket.bind(7, () => console.log('ready'));`;
/** Sends a datagram each 10 ms; prints the boot clock at each answer. */
const PING = `import { createSocket } from 'node:dgram';
  const socket = createSocket('udp4').on('message', () => console.log(process.hrtime.bigint() / 1000n + ''));
  socket.bind(0, '${client.ipv4}');
  setInterval(() => socket.send('x', 7, '${server.ipv4}'), 10);`;
const skip = needs('root', 'bpf', 'netns', 'nmap');

describe('an operator', { skip }, () => {
  let lab: Lab;
  let sentry: LabSentry;
  const start = (host: Lab['sentry'], script: string): Running =>
    host.spawn(process.execPath, ['--input-type=module', '-e', script]);
  before(async () => {
    lab = await Lab.create();
    sentry = await LabSentry.start(lab, POLICY);
  });
  after(async () => {
    await lab?.dispose();
  });

  test('blocks for 3 s, in observe mode too: packets stop, and come through again after 3 to 4 s', async () => {
    const echo = start(lab.sentry, ECHO);
    await echo.waitFor('the echo server', () => echo.stdout.includes('ready'));
    const ping = start(lab.scanner, PING);
    const answersUs = () => ping.stdout.split('\n').filter(Boolean).map(Number);
    const nowUs = () => Number(process.hrtime.bigint() / 1000n);
    await ping.waitFor('answers', () => answersUs().length > 3);

    const beforeUs = nowUs();
    const block = await sentry.command<BlockEntry>('block', client.ipv4, '--for', '3s', '--reason', 'a test');
    const afterUs = nowUs();
    assert.equal(block.reason, 'a test');
    assert.equal(block.origin, 'operator');
    const backUs = await ping.waitFor('the first answer after the block', () =>
      answersUs().find((atUs, index, all) => index > 0 && atUs - all[index - 1]! > 1_000_000),
    );
    assert.ok(backUs >= beforeUs + 3_000_000, `not before 3 s: ${(backUs - beforeUs) / 1e6} s`);
    assert.ok(backUs <= afterUs + 4_000_000, `within 4 s: ${(backUs - afterUs) / 1e6} s`);
    const end = await sentry.waitForLine('the end', ({ event }) => event === 'unblocked');
    assert.equal(end['cause'], 'expired');
    assert.deepEqual(await sentry.command('blocks'), []);
    await ping.stop();
  });

  test('lifts a block before its time', async () => {
    await sentry.command('block', '2001:db8:0:20::/64', '--for', 'forever');
    const [block] = await sentry.command<BlockEntry[]>('blocks');
    assert.equal(block?.source, '2001:db8:0:20::/64');
    assert.equal(block.until, null);
    const why = await sentry.command<Why>('why', client.ipv6);
    assert.deepEqual([why.verdict, why.blocks.map(({ source }) => source)], ['out', [block.source]]);
    await assert.rejects(
      lab.scanner.execute('ping', ['-6', '-I', client.ipv6, '-c', '1', '-W', '1', server.ipv6]),
    );
    await sentry.command('unblock', '2001:db8:0:20::/64');
    // Several, of which one has to be answered: the host may still be through with asking for a neighbour whose answers were dropped.
    const many = ['-c', '10', '-i', '0.5', '-W', '5'];
    await lab.scanner.execute('ping', ['-6', '-I', client.ipv6, ...many, server.ipv6]);
    await assert.rejects(sentry.command('unblock', '2001:db8:0:20::/64'), /There is no such block/);
  });

  test('cannot block the host itself', async () => {
    await assert.rejects(sentry.command('block', server.ipv4), /ended with 1: .*an address of this host/s);
    const why = await sentry.command<Why>('why', server.ipv4);
    assert.deepEqual([why.verdict, why.blocks], ['in', []]);
    assert.match(why.spared!, /an address of this host/);
    await assert.rejects(sentry.command('block', '::1'), /loopback/);
    await assert.rejects(sentry.command('block', '0.0.0.0/0'), /too wide/);
    await assert.rejects(sentry.command('block', '198.51.100'), /ended with 2/);
  });

  test('sees a scan that is only observed: an alert, no block, and the ports that it touched', async () => {
    await lab.scanner.execute('nmap', ['-n', '-Pn', '-sS', '-p', '20-29', server.ipv4]);
    const alert = await sentry.waitForLine('the alert', ({ event }) => event === 'alert');
    assert.equal(alert['source'], scanner.ipv4);
    assert.equal(alert['action'], 'would_block');
    const status = await sentry.command<Status>('status');
    assert.equal(status.mode, 'observe');
    assert.equal(status.blocks, 0);
    assert.ok(status.alerts >= 1);
    const { probed, monitored } = await sentry.command<Ports>('ports');
    assert.equal(monitored.tcp, '1-65535');
    for (let port = 20; port <= 29; port++) {
      assert.ok(probed.some((entry) => entry.port === port && entry.protocol === 'tcp' && entry.probes >= 1));
    }
    assert.match(await sentry.text('status'), /mode observe/);
    assert.match(await sentry.text('ports'), /29\/tcp/);
    const metrics = await sentry.metrics();
    assert.ok(metricValue(metrics, 'xdpsentry_probes_total{protocol="tcp",kind="syn"}') >= 10);
    assert.equal(metricValue(metrics, 'xdpsentry_blocks{origin="local",family="ipv4"}'), 0);
  });

  test('is told that a sentry is running already', async () => {
    await assert.rejects(LabSentry.start(lab, POLICY), /Another xdpsentry answers/);
    await sentry.command('status');
  });

  test('stops it: exit code 0, nothing attached, no socket', async () => {
    const { code, stderr } = await sentry.stop();
    assert.equal(code, 0, stderr);
    assert.equal(sentry.lines().at(-1)?.event, 'stopped');
    assert.equal(existsSync(join(lab.directory, 'control.sock')), false);
    const link = await lab.sentry.execute('ip', ['link', 'show', lab.sentry.interface]);
    assert.doesNotMatch(link.stdout, /xdp/);
    assert.deepEqual(lab.pins(), []);
  });

  test('gives the host another address, and cannot block that either', async () => {
    const another = await LabSentry.start(lab, POLICY);
    await lab.sentry.execute('ip', ['address', 'add', '198.51.100.2/24', 'dev', lab.sentry.interface]);
    const refused = async () => {
      try {
        await another.command('block', '198.51.100.2', '--for', '1ms');
        return false;
      } catch (error) {
        return (error as Error).message.includes('an address of this host');
      }
    };
    const deadline = AbortSignal.timeout(15_000);
    while (!(await refused())) assert.ok(!deadline.aborted, 'the new address is guarded');
    await another.stop();
  });

  test('changes a block, and the log tells of it', async () => {
    const another = await LabSentry.start(lab, POLICY);
    await another.command('block', '203.0.113.7', '--for', 'forever', '--reason', 'abuse');
    const changed = await another.command<BlockEntry>('block', '203.0.113.7', '--for', '1h');
    assert.equal(changed.reason, 'abuse');
    const line = await another.waitForLine('the change', ({ event }) => event === 'block_changed');
    assert.match(
      String(line['msg']),
      /^changed the block of 203\.0\.113\.7: now for (1h|59m59s) \(operator: abuse\)$/,
    );
    assert.equal(metricValue(await another.metrics(), 'xdpsentry_blocks_added_total{origin="operator"}'), 1);
    await assert.rejects(another.command('block', '203.0.113.8', '--reason', 'two\nlines'), /ended with 2/);
    await another.stop();
  });

  test('loses the terminal: it ends in good order, and its program goes on', async () => {
    const config = join(lab.directory, 'xdpsentry.yaml');
    writeFileSync(config, `${POLICY}\nmemory: { path: off }\n`);
    const command = `exec ${process.execPath} ${MAIN} run -c ${config} --interface ${lab.sentry.interface} --socket ${join(lab.directory, 'control.sock')}`;
    // script(1) gives it a terminal of its own, which goes when script does.
    const terminal = lab.sentry.spawn('script', ['-qefc', command, '/dev/null']);
    await terminal.waitFor('the start', () => terminal.stdout.includes('watching '));
    await terminal.stop('SIGKILL');
    await waitUntil('it has ended', () => Promise.resolve(!existsSync(join(lab.directory, 'control.sock'))));
    const next = await LabSentry.start(lab, POLICY);
    await next.waitForLine('the next one takes over', (line) =>
      /^took over from the sentry before/.test(String(line['text'])),
    );
    assert.equal((await next.stop()).code, 0);
  });

  test('starts it again after it was killed', async () => {
    const killed = await LabSentry.start(lab, POLICY);
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    const next = await LabSentry.start(lab, POLICY);
    assert.equal((await next.stop()).code, 0);
  });
});
