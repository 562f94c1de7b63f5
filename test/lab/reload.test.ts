/** Another policy while the sentry runs: all of it or nothing, without a packet that nobody looks at. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { datagramsForNobody, packetsSent } from '../../scripts/lab/counts.ts';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { reloads } from '../../scripts/lab/scenarios/reloads.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { BlockEntry, Reloaded } from '../../src/control/protocol.ts';
import { parsePorts } from '../../src/values/ports.ts';
import { needs } from '../support/capability.ts';

const PESTER = new URL('../../scripts/lab/pester.ts', import.meta.url).pathname;
const { sentry: server, scanner, client } = addresses;
/** Nobody serves it and it is not monitored: what gets there is counted by the network stack. */
const PORT = 5000;
const policy = (rule: string, more = '') => `
mode: enforce
rules:
  - { name: scan, ${rule}, window: 1h, block_for: 1h }
${more}
memory: { path: off }
`;
const SYNS = 'xdpsentry_probes_total{protocol="tcp",kind="syn"}';
const ALERTS = 'xdpsentry_alerts_total{rule="scan"}';

describe('a reload', { skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap') }, () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.create();
  });
  afterEach(async () => {
    await lab?.dispose();
  });

  const probe = (ports: string) => nmap(lab.scanner, ['-sS', '-p', ports, '--max-retries', '0', server.ipv4]);
  const write = (yaml: string) => writeFileSync(join(lab.directory, 'xdpsentry.yaml'), yaml);
  const reload = async (sentry: LabSentry, yaml: string) => {
    write(yaml);
    return await sentry.command<Reloaded>('reload');
  };
  const hangUp = async (sentry: LabSentry, yaml: string) => {
    const reloads = () => sentry.lines().filter(({ event }) => event === 'reloaded').length;
    const before = reloads();
    write(yaml);
    process.kill(sentry.pid, 'SIGHUP');
    await sentry.waitFor('the reload', () => reloads() > before);
  };
  const sourcesOf = async (sentry: LabSentry) =>
    (await sentry.command<BlockEntry[]>('blocks')).map(({ source }) => source);
  const metric = async (sentry: LabSentry, name: string) => metricValue(await sentry.metrics(), name);
  const pester = async () => {
    const stream = lab.scanner.spawn(process.execPath, [PESTER, client.ipv4, server.ipv4, String(PORT), '5']);
    await stream.waitFor('the stream', () => stream.stdout.includes('ready'));
  };
  const moreAreSent = async () => {
    const before = await packetsSent(lab.scanner);
    await waitUntil('more packets are sent', async () => (await packetsSent(lab.scanner)) > before + 1000);
  };
  const passed = () => datagramsForNobody(lab.sentry);

  test('lets other rules decide from now on, and counts, blocks and lists go on without a gap', async () => {
    const list = join(lab.directory, 'list.txt');
    writeFileSync(list, '203.0.113.0/24\n');
    const lists = `lists:\n  - { name: ours, file: ${list} }`;
    const sentry = await LabSentry.start(lab, policy('distinct_ports: 40', lists));
    await sentry.waitForLine('the list', ({ event }) => event === 'list_loaded');
    await probe('1,2,3,4,5');
    await waitUntil('five probes are counted', async () => (await metric(sentry, SYNS)) >= 5);
    assert.deepEqual(await sourcesOf(sentry), []);
    await sentry.command('block', client.ipv4);
    await pester();
    await moreAreSent();
    const before = await passed();

    for (let round = 0; round < 5; round++) {
      const ports = 30 - round;
      const { changes } = await reload(sentry, policy(`distinct_ports: ${ports}`, lists));
      assert.match(changes.join('\n'), new RegExp(`^Rule scan: ${ports} distinct ports`));
      await moreAreSent();
    }
    await reload(sentry, policy('distinct_ports: 3', lists));
    await moreAreSent();
    assert.equal(await passed(), before, 'nothing of who is blocked got through at any time');
    assert.equal(await metric(sentry, SYNS), 5, 'the counts go on');
    assert.equal(await metric(sentry, 'xdpsentry_list_entries{list="ours",family="ipv4"}'), 1);
    assert.deepEqual(await sourcesOf(sentry), [client.ipv4]);

    await probe('6');
    await waitUntil('what was touched before counts', async () =>
      (await sourcesOf(sentry)).includes(scanner.ipv4),
    );
    assert.equal(await metric(sentry, ALERTS), 1);
    const [alert] = sentry.lines().filter(({ event }) => event === 'alert');
    const ports = parsePorts(String(alert?.['ports']).replace(/\/tcp$/, ''));
    assert.deepEqual([alert?.['by'], ports.size, ports.has(6)], ['controller', 3, true], `${ports}`);
  });

  test('of what is wrong, or needs a restart, changes nothing at all, and says so', async () => {
    const good = policy('distinct_ports: 3');
    const sentry = await LabSentry.start(lab, good);
    const config = join(lab.directory, 'xdpsentry.yaml');
    for (const [yaml, code, text] of [
      ['mode: enforced\n', 'XS_ERR_CONFIG', /xdpsentry\.yaml:1:7: mode: /],
      [
        policy('distinct_ports: 9', 'tables: { sources: 2048 }\nmetrics: { listen: off }'),
        'XS_ERR_RELOAD',
        /xdpsentry\.yaml: tables, metrics\.listen/,
      ],
    ] as const) {
      write(yaml);
      await assert.rejects(sentry.command('reload'), new RegExp(code));
      const line = sentry.lines().findLast(({ event }) => event === 'reload_failed')!;
      assert.match(String(line['msg']), text);
      assert.ok(String(line['msg']).includes(config));
    }
    await probe('1,2,3');
    await waitUntil('three ports are enough still', async () =>
      (await sourcesOf(sentry)).includes(scanner.ipv4),
    );
  });

  test('by SIGHUP: observing lets in whom rules have blocked, and enforcing blocks again', async () => {
    const sentry = await LabSentry.start(lab, policy('distinct_ports: 3'));
    await probe('1,2,3');
    await waitUntil('the scanner is blocked', async () => (await sourcesOf(sentry)).includes(scanner.ipv4));
    await sentry.command('block', client.ipv4, '--for', 'forever');

    await hangUp(sentry, policy('distinct_ports: 3').replace('enforce', 'observe'));
    assert.deepEqual(await sourcesOf(sentry), [client.ipv4]);
    await probe('1,2,3,4');
    await sentry.waitForLine(
      'an alert without an answer',
      (line) => line.event === 'alert' && line['action'] === 'would_block',
    );
    assert.deepEqual(await sourcesOf(sentry), [client.ipv4]);

    await hangUp(sentry, policy('distinct_ports: 4'));
    await probe('11,12,13,14');
    await waitUntil('the scanner is blocked', async () => (await sourcesOf(sentry)).includes(scanner.ipv4));
    await hangUp(sentry, policy('distinct_ports: 4', `ignore: [${scanner.ipv4}]`));
    await waitUntil(
      'who is ignored is let in',
      async () => !(await sourcesOf(sentry)).includes(scanner.ipv4),
    );
    await probe('21,22,23,24');
    assert.deepEqual(await sourcesOf(sentry), [client.ipv4]);
  });

  test('a hundred times leaves no file open and no program behind', async () => {
    const { reloads: count, descriptors } = await reloads(lab, 100);
    assert.deepEqual([count, descriptors], [100, 0]);
    assert.deepEqual(lab.pins(), []);
  });
});
