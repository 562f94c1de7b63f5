/** One sentry after another on the same interface: what goes on from the one to the next, and how it is taken off for good. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { send, sourceAt } from '../../scripts/bench/traffic.ts';
import { datagramsForNobody, packetsSent } from '../../scripts/lab/counts.ts';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { upgrades } from '../../scripts/lab/scenarios/upgrades.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { BlockEntry } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const PESTER = new URL('../../scripts/lab/pester.ts', import.meta.url).pathname;
const { sentry: server, scanner, client } = addresses;
/** Nobody serves it and it is not monitored: what gets there is counted by the network stack. */
const PORT = 5000;
const scan = (ports: number) => `
mode: enforce
rules:
  - { name: scan, distinct_ports: ${ports}, window: 1h, block_for: 1h }
`;
const SYNS = 'xdpsentry_probes_total{protocol="tcp",kind="syn"}';

describe('a sentry that a service manager ends, and the next one', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap', 'live-frames'),
}, () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.create();
  });
  afterEach(async () => {
    await lab?.dispose();
  });

  const probe = (ports: string) => nmap(lab.scanner, ['-sS', '-p', ports, '--max-retries', '0', server.ipv4]);
  const pester = async () => {
    const stream = lab.scanner.spawn(process.execPath, [PESTER, client.ipv4, server.ipv4, String(PORT), '5']);
    await stream.waitFor('the stream', () => stream.stdout.includes('ready'));
  };
  const moreAreSent = async () => {
    const before = await packetsSent(lab.scanner);
    await waitUntil('more packets are sent', async () => (await packetsSent(lab.scanner)) > before + 2000);
  };
  const passed = () => datagramsForNobody(lab.sentry);
  const syns = async (sentry: LabSentry) => metricValue(await sentry.metrics(), SYNS);
  const sourcesOf = async (sentry: LabSentry) =>
    (await sentry.command<BlockEntry[]>('blocks')).map(({ source }) => source);
  const xdp = async () => {
    const { stdout } = await lab.sentry.execute('ip', ['-json', 'link', 'show', lab.sentry.interface]);
    return (JSON.parse(stdout) as [{ xdp?: unknown }])[0].xdp;
  };
  const detach = async () => {
    const args = [MAIN, 'detach', '--socket', join(lab.directory, 'control.sock'), '--json'];
    return JSON.parse((await lab.sentry.execute(process.execPath, args)).stdout) as {
      ended: number | null;
      detached: { interface: string; pid: number; trial: string | null }[];
    };
  };

  test('blocked sources stay out meanwhile, sources go on where they were, and so do the counts', async () => {
    const first = await LabSentry.start(lab, scan(4));
    await probe('1,2,3');
    await waitUntil('three probes are counted', async () => (await syns(first)) >= 3);
    const before = await syns(first);
    await first.command('block', client.ipv4);
    await pester();
    await moreAreSent();
    const passedBefore = await passed();
    assert.equal((await first.leave()).code, 0);
    assert.match(
      first.lines().at(-1)!['msg'] as string,
      /its program stays on .*, blocks that go on: 1; `xdpsentry detach`/,
    );
    await moreAreSent();

    const second = await LabSentry.start(lab, scan(4));
    await moreAreSent();
    assert.equal(await passed(), passedBefore, 'nothing got through at any time');
    assert.equal(await syns(second), before, 'the counts go on');
    await probe('4');
    await waitUntil('the fourth port is enough', async () =>
      (await sourcesOf(second)).includes(scanner.ipv4),
    );
    const [alert] = second.lines().filter(({ event }) => event === 'alert');
    assert.deepEqual([alert?.['rule'], alert?.['by'], alert?.['total']], ['scan', 'kernel', before + 1]);
  });

  test('ten upgrades under traffic: nothing of who is blocked passes, nothing of anybody else is lost', async () => {
    const counts = await upgrades(lab, 10);
    assert.ok(counts.blockedSent > 2000 && counts.innocentSent > 1000, JSON.stringify(counts));
    assert.deepEqual([counts.upgrades, counts.blockedPassed, counts.innocentLost], [10, 0, 0]);
  });

  test('with other rules, what a source has done for the old ones counts for nothing', async () => {
    const first = await LabSentry.start(lab, scan(4));
    await probe('1,2,3');
    await waitUntil('three probes are counted', async () => (await syns(first)) >= 3);
    await first.leave();
    const second = await LabSentry.start(lab, scan(3));
    await probe('4,5');
    await waitUntil('five probes are counted', async () => (await syns(second)) >= 5);
    assert.deepEqual(await sourcesOf(second), []);
    await probe('6');
    await waitUntil('the third port is enough', async () => (await sourcesOf(second)).includes(scanner.ipv4));
  });

  test('a source that is known need not wait with the crowd that has come meanwhile', async () => {
    const first = await LabSentry.start(lab, scan(4));
    await probe('1,2,3');
    await waitUntil('three probes are counted', async () => (await syns(first)) >= 3);
    await first.leave();
    const second = await LabSentry.start(lab, scan(4));
    // Three times as many as are let in within four seconds: for the rest of them, who is not known has to come twice.
    const crowd = { family: 4, sources: 3000, ports: 1, random: false, source: sourceAt(4, 0) } as const;
    await send(lab, crowd, { packets: 3000, packetsPerSecond: 50_000 });
    const refused = 'xdpsentry_events_lost_total{reason="new_source"}';
    await waitUntil('the door is shut', async () => metricValue(await second.metrics(), refused) > 0);
    await probe('4');
    await waitUntil('the fourth port is enough', async () =>
      (await sourcesOf(second)).includes(scanner.ipv4),
    );
  });

  test('who is logged in is spared by the next one as well, though it has seen no command of his', async () => {
    const pings = async (address: string) =>
      (await lab.scanner.spawn('ping', ['-I', address, '-c', '1', '-W', '1', server.ipv4]).finished).code ===
      0;
    let sentry = await LabSentry.start(lab, 'mode: enforce\n');
    await sentry.ask({
      ...{ command: 'block', source: '0.0.0.0/0', durationMs: null, reason: null, force: true },
      loggedInFrom: scanner.ipv4,
    });
    assert.deepEqual([await pings(scanner.ipv4), await pings(client.ipv4)], [true, false]);
    for (const end of ['leave', 'die'] as const) {
      await sentry[end]();
      sentry = await LabSentry.start(lab, 'mode: enforce\n');
      assert.deepEqual([await pings(scanner.ipv4), await pings(client.ipv4)], [true, false], end);
    }
  });

  test('lists go on without a gap', async () => {
    const file = join(lab.directory, 'list.txt');
    writeFileSync(file, `${client.ipv4}\n`);
    const policy = `mode: enforce\nlists:\n  - { name: ours, file: ${file} }\n`;
    const first = await LabSentry.start(lab, policy);
    await first.waitForLine('the list', ({ event }) => event === 'list_loaded');
    await pester();
    await moreAreSent();
    const before = await passed();
    await first.leave();
    await moreAreSent();
    await LabSentry.start(lab, policy);
    await moreAreSent();
    assert.equal(await passed(), before);
  });

  test('is taken off by `detach`: one that runs, one that has left, and none', async () => {
    const first = await LabSentry.start(lab, scan(4));
    assert.deepEqual(await detach(), { ended: first.pid, detached: [] });
    assert.equal(await xdp(), undefined);

    const second = await LabSentry.start(lab, scan(4));
    await second.die();
    assert.notEqual(await xdp(), undefined);
    const detached = [{ interface: lab.sentry.interface, pid: second.pid, trial: null }];
    assert.deepEqual(await detach(), { ended: null, detached });
    assert.equal(await xdp(), undefined);
    assert.deepEqual(lab.pins(), []);
    assert.deepEqual(await detach(), { ended: null, detached: [] });
  });

  test('that is ephemeral pins nothing, and takes over all the same', async () => {
    const first = await LabSentry.start(lab, scan(4));
    await first.command('block', client.ipv4);
    await first.die();
    const second = await LabSentry.start(lab, scan(4), ['--ephemeral']);
    assert.deepEqual(await sourcesOf(second), [client.ipv4]);
    assert.deepEqual(lab.pins(), []);
    await second.die();
    await waitUntil('the program has gone', async () => (await xdp()) === undefined);
  });
});
