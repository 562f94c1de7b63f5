/** The kernel's tables have no room left: it is counted and told, what is in force stays, and detection goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send, sourceAt } from '../../scripts/bench/traffic.ts';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { BlockEntry } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const ROOM = 256;
const POLICY = `
mode: enforce
rules:
  - { name: first, instant: true, block_for: 1h }
tables: { blocks: ${ROOM}, sources: 1024 }
`;
const SYNS = 'xdpsentry_probes_total{protocol="tcp",kind="syn"}';
const DROPPED = 'xdpsentry_packets_total{verdict="drop",reason="blocked"}';
const REFUSED = 'xdpsentry_events_lost_total{reason="block_table_full"}';

test('a block table without room keeps what it has, counts what it cannot take, and takes again when there is room', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'live-frames'),
}, async () => {
  await using lab = await Lab.create();
  const sentry = await LabSentry.start(lab, POLICY);
  const metric = async (series: string) => metricValue(await sentry.metrics(), series);
  const blocks = async () => (await sentry.command<BlockEntry[]>('blocks')).map(({ source }) => source);
  const probe = (nth: number, sources: number) =>
    send(
      lab,
      { family: 4, sources, ports: 1, random: false, source: sourceAt(4, nth) },
      { packets: sources, packetsPerSecond: 2000 },
    );

  await probe(0, ROOM);
  await waitUntil('the table is full', async () => (await blocks()).length === ROOM);
  await probe(ROOM, 500);
  await waitUntil('all are counted', async () => (await metric(SYNS)) === ROOM + 500);
  assert.equal(await metric(REFUSED), 500);
  const before = await blocks();
  assert.equal(before.length, ROOM);

  await probe(0, ROOM);
  await waitUntil('who is blocked is dropped', async () => (await metric(DROPPED)) === ROOM);
  assert.equal(await metric(SYNS), ROOM + 500);
  await assert.rejects(sentry.command('block', addresses.client.ipv4), /XS_ERR_TABLE_FULL/);
  assert.ok(!(await blocks()).includes(addresses.client.ipv4));

  await sentry.command('unblock', before[0]!);
  await probe(ROOM, 1);
  await waitUntil('there is room for one', async () => (await blocks()).includes(sourceAt(4, ROOM)));
  assert.equal((await blocks()).length, ROOM);
});
