/** Whom nobody can get blocked: not by packets in his name, not by a slip of the operator. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import type { Running } from '../../scripts/lab/process.ts';
import { addScanner } from '../../scripts/lab/scanners.ts';
import { LabSentry } from '../../scripts/lab/sentry.ts';
import type { BlockEntry, Ports, Status } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

/** One packet is enough, and nobody is asked. */
const POLICY = `
mode: enforce
monitor: { tcp: { unused: 1-1000 }, udp: { unused: 1-1000 } }
ignore: [198.51.100.33]
rules:
  - { name: instant, instant: true, block_for: 1h }
`;
const { sentry: server, scanner, client } = addresses;
const [GATEWAY, RESOLVER, ADMIN, IGNORED] = [
  '198.51.100.30',
  '198.51.100.31',
  '198.51.100.32',
  '198.51.100.33',
];
const PROBED = [11, 12, 13] as const;
const ECHO_PORT = 8080;
const ECHO = `import { createServer } from 'node:net';
  createServer((socket) => socket.on('data', (data) => (String(data) === 'bye' ? socket.end() : socket.write(data)))).listen(${ECHO_PORT}, '::', () => console.log('ready'));`;
/** Connects, stays, and asks for an echo whenever it gets SIGUSR2. */
const STAY = `import { connect } from 'node:net';
  const socket = connect({ host: process.argv[1], localAddress: process.argv[2], port: ${ECHO_PORT} });
  socket.on('connect', () => console.log('ready')).on('data', (data) => process.stdout.write(data));
  let asked = 0;
  process.on('SIGUSR2', () => socket.write('echo ' + ++asked + '\\n'));`;
/** A visit each half second, which the server is asked to end. */
const COME_AND_GO = `import { connect } from 'node:net';
  let visits = 0;
  setInterval(() => {
    const socket = connect({ host: process.argv[1], localAddress: process.argv[2], port: ${ECHO_PORT}, allowHalfOpen: true });
    socket.on('connect', () => socket.write('bye')).on('data', () => undefined).on('end', () => {
      socket.end();
      console.log('visit ' + ++visits);
    });
  }, 500);`;
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const FORGE = new URL('../../scripts/lab/forge.py', import.meta.url).pathname;
const skip = needs('root', 'bpf', 'netns', 'python3');

describe('the guard', { skip }, () => {
  let lab: Lab;
  let sentry: LabSentry;
  let resolvConf: string;
  const node = (host: Lab['sentry'], script: string, ...args: string[]): Running =>
    host.spawn(process.execPath, ['--input-type=module', '-e', script, ...args]);
  /** SYNs in the name of `from`, one to each of PROBED. */
  const forge = (from: string, to: string = server.ipv4) =>
    lab.scanner.execute('python3', [FORGE, from, to, ...PROBED.map(String)]);
  const probes = async () => {
    const { probed } = await sentry.command<Ports>('ports');
    return PROBED.map((wanted) => probed.find(({ port }) => port === wanted)?.probes ?? 0);
  };
  const ping = (from: string, to: string = server.ipv4) =>
    lab.scanner.execute('ping', ['-I', from, '-c', '2', '-i', '0.2', '-w', '10', to]);
  const linesOf = (source: string, event: string) =>
    sentry.lines().filter((line) => line.event === event && line['source'] === source);
  /** A command line of somebody who is logged in from there. */
  const asAdmin = (address: string, ...args: string[]) =>
    lab.sentry.execute('env', [
      `SSH_CONNECTION=${address} 50000 ${server.ipv4} 22`,
      ...[process.execPath, MAIN, ...args, '--socket', join(lab.directory, 'control.sock')],
    ]);

  before(async () => {
    lab = await Lab.create();
    for (const address of [GATEWAY, RESOLVER, ADMIN, IGNORED]) await addScanner(lab, address);
    await lab.sentry.execute('ip', ['route', 'add', '198.18.0.0/15', 'via', GATEWAY]);
    resolvConf = join(lab.directory, 'resolv.conf');
    writeFileSync(resolvConf, `nameserver ${RESOLVER}\n`);
    const echo = node(lab.sentry, ECHO);
    await echo.waitFor('the server', () => echo.stdout.includes('ready'));
    const mount = `mount --bind ${resolvConf} /etc/resolv.conf && exec "$@"`;
    sentry = await LabSentry.start(lab, POLICY, [], ['unshare', '--mount', 'sh', '-c', mount, 'sh']);
  });
  after(async () => {
    await lab?.dispose();
  });

  for (const [who, address, objection] of [
    ['the gateway', GATEWAY, 'a gateway of this host'],
    ['the resolver', RESOLVER, 'a resolver of this host'],
    ['the host itself', server.ipv4, 'an address of this host'],
  ] as const) {
    test(`${who}: probes in its name are counted and alerted of, and never block it`, async () => {
      const before = await probes();
      await forge(address);
      const alert = await sentry.waitForLine('the alert', (line) => line['source'] === address);
      assert.equal(alert['action'], 'guarded');
      assert.equal(alert['objection'], `it is ${objection}`);
      assert.deepEqual(
        await probes(),
        before.map((count) => count + 1),
      );
      await assert.rejects(sentry.command('block', address), new RegExp(objection));
      await assert.rejects(sentry.command('block', address, '--force'), new RegExp(objection));
      assert.deepEqual(await sentry.command('blocks'), []);
      assert.deepEqual(linesOf(address, 'blocked'), []);
      if (address !== server.ipv4) await ping(address);
    });
  }

  test('a resolver that has just become one', async () => {
    const another = '198.51.100.34';
    await addScanner(lab, another);
    writeFileSync(resolvConf, `nameserver ${RESOLVER}\nnameserver ${another}\n`);
    const refused = async () => {
      try {
        await sentry.command('block', another, '--for', '1s');
        return false;
      } catch (error) {
        return /a resolver of this host/.test(String(error));
      }
    };
    const deadline = AbortSignal.timeout(15_000);
    while (!(await refused())) assert.ok(!deadline.aborted, 'it is a resolver by now');
  });

  test('the address that the one who types is logged in from', async () => {
    const objection = 'it is the address that you are logged in from';
    await assert.rejects(asAdmin(ADMIN, 'block', ADMIN), new RegExp(objection));
    await assert.rejects(sentry.command('block', ADMIN, '--force'), new RegExp(objection));
    const before = await probes();
    await forge(ADMIN);
    const alert = await sentry.waitForLine('the alert', (line) => line['source'] === ADMIN);
    assert.equal(alert['action'], 'guarded');
    assert.equal(alert['objection'], objection);
    assert.deepEqual(
      await probes(),
      before.map((count) => count + 1),
    );
    assert.deepEqual(linesOf(ADMIN, 'blocked'), []);
    assert.deepEqual(await sentry.command('blocks'), []);
    await ping(ADMIN);
  });

  for (const [family, to, from] of [
    ['IPv4', server.ipv4, client.ipv4],
    ['IPv6', server.ipv6, client.ipv6],
  ] as const) {
    test(`who holds a connection over ${family} is not cut off by SYNs in its name; once it has ended, it is`, async () => {
      const source = from.includes(':') ? '2001:db8:0:20::/64' : from;
      const peer = node(lab.scanner, STAY, to, from);
      await peer.waitFor('the connection', () => peer.stdout.includes('ready'));
      await forge(from, to);
      const alert = await sentry.waitForLine('the alert', (line) => line['source'] === source);
      assert.equal(alert['action'], 'guarded');
      assert.match(
        String(alert['msg']),
        /it holds a TCP connection to this host, and its probes may be forged/,
      );
      const { tables } = await sentry.command<Status>('status');
      assert.ok(tables.find(({ table }) => table === 'connected')!.entries > 0);
      await forge(from, to);
      assert.deepEqual(await sentry.command('blocks'), []);
      process.kill(peer.pid, 'SIGUSR2');
      await peer.waitFor('an echo', () => peer.stdout.includes('echo 1'));
      // An operator knows what he does.
      await sentry.command('block', source);
      await sentry.command('unblock', source);
      await peer.stop();
      const deadline = AbortSignal.timeout(15_000);
      while ((await sentry.command<BlockEntry[]>('blocks')).length === 0) {
        assert.ok(!deadline.aborted, 'it is blocked by now');
        await forge(from, to);
      }
      await sentry.command('unblock', source);
    });
  }

  test('who comes again and again, though none of its connections is open', async () => {
    const caller = '198.51.100.35';
    await addScanner(lab, caller);
    const peer = node(lab.scanner, COME_AND_GO, server.ipv4, caller);
    await peer.waitFor('enough visits', () => peer.stdout.includes('visit 24'));
    await peer.stop();
    await forge(caller);
    const alert = await sentry.waitForLine('the alert', (line) => line['source'] === caller);
    assert.equal(alert['action'], 'guarded');
    assert.match(String(alert['msg']), /it has come again and again with TCP connections to this host/);
    assert.deepEqual(await sentry.command('blocks'), []);
  });

  test('a block of everybody wants --force, and spares the guarded', async () => {
    for (const everybody of ['0.0.0.0/0', '::/0']) {
      await assert.rejects(sentry.command('block', everybody), /too wide.*--force/s);
    }
    await ping(scanner.ipv4);
    await asAdmin(ADMIN, 'block', '0.0.0.0/0', '--force', '--for', '10m');
    await asAdmin(ADMIN, 'block', '::/0', '--force', '--for', '10m');
    for (const address of [GATEWAY, RESOLVER, ADMIN, IGNORED]) await ping(address);
    const once = ['-c', '1', '-W', '1'];
    for (const [from, to] of [
      [scanner.ipv4, server.ipv4],
      [client.ipv4, server.ipv4],
      [scanner.ipv6, server.ipv6],
    ] as const) {
      await assert.rejects(lab.scanner.execute('ping', ['-I', from, ...once, to]), from);
    }
    assert.match(await sentry.text('blocks'), /0\.0\.0\.0\/0/);
    for (const everybody of ['0.0.0.0/0', '::/0']) await sentry.command('unblock', everybody);
    await ping(scanner.ipv4);
  });
});
