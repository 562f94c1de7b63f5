/** What honest hosts do raises no alert, under the strictest policy there is: one probe to any of 65,535 ports. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { LabSentry } from '../../scripts/lab/sentry.ts';
import type { Status } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const POLICY = `
mode: enforce
monitor: { tcp: { unused: 0-65535 }, udp: { unused: 0-65535 } }
rules:
  - { name: instant, instant: true, block_for: 1h }
`;
const { sentry: server, client } = addresses;
const skip = needs('root', 'bpf', 'netns');

describe('no alert is raised by', { skip }, () => {
  let lab: Lab;
  let sentry: LabSentry;
  before(async () => {
    lab = await Lab.create();
    sentry = await LabSentry.start(lab, POLICY);
  });
  after(async () => {
    await lab?.dispose();
  });

  const [onServer, onClient] = [() => lab.sentry, () => lab.scanner];

  /** Starts a script that goes on serving; it says `ready` when it does. */
  const serve = async (host: () => Lab['sentry'], script: string) => {
    const running = host().spawn(process.execPath, ['--input-type=module', '-e', script]);
    await running.waitFor('the server', () => running.stdout.includes('ready'));
  };
  /** Runs a script to its end; answers with what it printed. */
  const run = async (host: () => Lab['sentry'], script: string) =>
    (await host().execute(process.execPath, ['--input-type=module', '-e', script])).stdout.trim();

  const packetsSeen = async (reason: string) => {
    const { outcomes } = await sentry.command<Status>('status');
    return outcomes.find((outcome) => outcome.reason === reason)!.packets;
  };

  const assertQuiet = async (reason: string) => {
    const status = await sentry.command<Status>('status');
    const alerts = sentry.lines().filter(({ event }) => event === 'alert');
    assert.deepEqual(alerts, []);
    assert.equal(status.alerts, 0);
    assert.equal(status.blocks, 0);
    const seen = status.outcomes.find((outcome) => outcome.reason === reason);
    assert.ok(seen && seen.packets > 0, `packets were seen, as ${reason}`);
  };

  for (const [family, host, address, from] of [
    ['IPv4', '0.0.0.0', server.ipv4, client.ipv4],
    ['IPv6', '::', server.ipv6, client.ipv6],
    ['IPv4 to a socket of both families', '::', server.ipv4, client.ipv4],
  ] as const) {
    test(`200 connections to a served port over ${family}`, async () => {
      const port = family.length > 4 ? 8081 : family === 'IPv4' ? 80 : 8080;
      await serve(
        onServer,
        `import { createServer } from 'node:net';
         createServer((socket) => socket.end('hello')).listen(${port}, '${host}', () => console.log('ready'));`,
      );
      const answered = await run(
        onClient,
        `import { connect } from 'node:net';
         let answered = 0;
         for (let count = 0; count < 200; count++) {
           await new Promise((resolve, reject) => {
             const socket = connect({ port: ${port}, host: '${address}', localAddress: '${from}' });
             socket.on('data', () => answered++);
             socket.on('close', resolve);
             socket.on('error', reject);
           });
         }
         console.log(answered);`,
      );
      assert.equal(answered, '200');
      await assertQuiet('in_use');
    });
  }

  test('a resolver that gets its answers, and one that comes after the asker has gone', async () => {
    await serve(
      onClient,
      `import { createSocket } from 'node:dgram';
       const socket = createSocket('udp4').on('message', (message, { port, address }) => {
         socket.send(message, port, address);
         setTimeout(() => socket.send(message, port, address), 50);
       });
       socket.bind(53, '${client.ipv4}', () => console.log('ready'));`,
    );
    const answered = await run(
      onServer,
      `import { createSocket } from 'node:dgram';
       let answered = 0;
       for (let count = 0; count < 50; count++) {
         await new Promise((resolve) => {
           const socket = createSocket('udp4').on('message', () => { answered++; socket.close(resolve); });
           socket.send('question', 53, '${client.ipv4}');
         });
       }
       console.log(answered);`,
    );
    assert.equal(answered, '50');
    const deadline = AbortSignal.timeout(15_000);
    while ((await packetsSeen('ephemeral')) < 100)
      assert.ok(!deadline.aborted, 'each late answer has come, too');
    await assertQuiet('ephemeral');
  });

  test('the ends of this host’s own connections: FIN from either side, and RST', async () => {
    await serve(
      onClient,
      `import { createServer } from 'node:net';
       const ends = [(socket) => socket.end('bye'), (socket) => socket.resetAndDestroy(), (socket) => socket.resume()];
       let count = 0;
       createServer((socket) => ends[count++ % 3](socket.on('error', () => {})))
         .listen(443, '${client.ipv4}', () => console.log('ready'));`,
    );
    const ended = await run(
      onServer,
      `import { connect } from 'node:net';
       const ends = [(socket) => socket.end(), (socket) => socket.resetAndDestroy(), (socket) => socket.destroy()];
       let ended = 0;
       for (let count = 0; count < 90; count++) {
         await new Promise((resolve) => {
           const socket = connect(443, '${client.ipv4}', () => ends[Math.floor(count / 3) % 3](socket));
           socket.resume().on('error', () => {}).on('close', () => { ended++; resolve(); });
         });
       }
       console.log(ended);`,
    );
    assert.equal(ended, '90');
    await assertQuiet('ephemeral');
  });

  test('and after all that, a single probe is one: the sentry was awake', async () => {
    await lab.scanner.execute('nmap', ['-n', '-Pn', '-sS', '-p', '9', '--max-retries', '0', server.ipv4]);
    await sentry.waitForLine('the alert', ({ event }) => event === 'alert');
  });
});
