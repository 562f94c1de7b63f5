import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { ListStatus } from '../../../src/lists/status.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

const list = (name: string, rest: Partial<ListStatus> = {}): ListStatus => ({
  name,
  origin: 'config',
  source: `/etc/${name}`,
  state: 'enforced',
  facts: undefined,
  from: undefined,
  loadedMs: undefined,
  checkedMs: undefined,
  dueNs: undefined,
  expiresNs: undefined,
  error: undefined,
  loads: { loaded: 0, unchanged: 0, failed: 0 },
  drops: { packets: 0, bytes: 0 },
  ...rest,
});
let lists: readonly ListStatus[] = [];
afterEach(() => {
  lists = [];
});

const makeMetrics = () => {
  const dataPlane = new FakeDataPlane();
  dataPlane.attach();
  return new Metrics({
    dataPlane,
    trial: { status: { state: 'unconfirmed', remainingSeconds: 97 } },
    blocks: { count: (origin, family) => (origin === 'local' ? { ipv4: 3, ipv6: 1 }[family] : 0) },
    marks: [{ by: 'command' }],
    lists: { status: () => lists },
    responses: { running: 2, waiting: 3 },
    campaign: () => ({ all: { count: 7, limit: 40 }, rare: { count: 2.5, limit: 11 } }),
    losses: () => [{ reason: 'ring_full', count: 0 }],
    rules: [{ name: 'scan' }],
    version: '1.2.3',
  });
};

const seriesOf = (text: string) => text.split('\n').filter((line) => line.startsWith('xdpsentry_'));

test('every known label is there from the start, with 0', async () => {
  const series = seriesOf(await makeMetrics().render());
  for (const expected of [
    'xdpsentry_alerts_total{rule="scan"} 0',
    'xdpsentry_alerts_total{rule="decoy"} 0',
    'xdpsentry_alerts_total{rule="campaign"} 0',
    'xdpsentry_unexplained_ports 7',
    'xdpsentry_unexplained_ports_limit 40',
    'xdpsentry_unexplained_rare_ports 2.5',
    'xdpsentry_unexplained_rare_ports_limit 11',
    'xdpsentry_blocks_added_total{origin="local"} 0',
    'xdpsentry_blocks_added_total{origin="operator"} 0',
    'xdpsentry_blocks_removed_total{cause="expired"} 0',
    'xdpsentry_blocks_removed_total{cause="lifted"} 0',
    'xdpsentry_blocks{origin="operator",family="ipv4"} 0',
    'xdpsentry_events_lost_total{reason="ring_full"} 0',
    'xdpsentry_interface_attached{interface="fake0",mode="native"} 1',
    'xdpsentry_interface_attached{interface="fake0",mode="generic"} 0',
    'xdpsentry_reaction_seconds_count 0',
    'xdpsentry_responses_total{response="hosts_deny",result="done"} 0',
    'xdpsentry_trial{state="unconfirmed"} 1',
    'xdpsentry_trial{state="confirmed"} 0',
    'xdpsentry_trial{state="rolled_back"} 0',
    'xdpsentry_trial_remaining_seconds 97',
    'xdpsentry_marks{by="command"} 1',
    'xdpsentry_marks{by="record"} 0',
    'xdpsentry_responses_running 2',
    'xdpsentry_responses_waiting 3',
    `xdpsentry_build_info{version="1.2.3",node="${process.version}"} 1`,
  ]) {
    assert.ok(series.includes(expected), `${expected} in\n${series.join('\n')}`);
  }
});

test('what the kernel counts is read at each scrape, not added up', async () => {
  const metrics = makeMetrics();
  await metrics.render();
  const series = seriesOf(await metrics.render());
  assert.ok(series.includes('xdpsentry_packets_total{verdict="pass",reason="probe"} 3'));
  assert.ok(series.includes('xdpsentry_bytes_total{verdict="pass",reason="probe"} 180'));
  assert.ok(series.includes('xdpsentry_probes_total{protocol="tcp",kind="syn"} 3'));
  assert.ok(series.includes('xdpsentry_blocks{origin="local",family="ipv4"} 3'));
  assert.ok(series.includes('xdpsentry_blocks{origin="local",family="ipv6"} 1'));
  assert.ok(series.includes('xdpsentry_table_capacity{table="blocks"} 1000'));
});

test('each list has its series from the start, and as long as it is there', async () => {
  const metrics = makeMetrics();
  const ofLists = async () =>
    seriesOf(await metrics.render()).filter((line) => line.startsWith('xdpsentry_list_'));
  lists = [list('a')];
  assert.deepEqual(await ofLists(), [
    'xdpsentry_list_packets_total{list="a"} 0',
    'xdpsentry_list_bytes_total{list="a"} 0',
    'xdpsentry_list_entries{list="a",family="ipv4"} 0',
    'xdpsentry_list_entries{list="a",family="ipv6"} 0',
    ...['too_wide', 'private', 'own', 'ignored', 'unreadable'].map(
      (reason) => `xdpsentry_list_skipped{list="a",reason="${reason}"} 0`,
    ),
    ...['loaded', 'unchanged', 'failed'].map(
      (result) => `xdpsentry_list_loads_total{list="a",result="${result}"} 0`,
    ),
    'xdpsentry_list_last_success_timestamp_seconds{list="a"} 0',
  ]);
  const skipped = { too_wide: 1, private: 2, own: 3, ignored: 4 };
  const facts = { ipv4: 7, ipv6: 8, repeated: 9, skipped, bad: 5, badLines: [], skippedLines: [] };
  const loads = { loaded: 1, unchanged: 2, failed: 3 };
  lists = [list('b', { facts, loads, drops: { packets: 11, bytes: 660 }, checkedMs: 1500 })];
  assert.deepEqual(
    (await ofLists()).map((line) => line.replace(/^xdpsentry_list_(\w+)\{list="b",?(.*)\}/, '$1 $2')),
    [
      'packets_total  11',
      'bytes_total  660',
      'entries family="ipv4" 7',
      'entries family="ipv6" 8',
      'skipped reason="too_wide" 1',
      'skipped reason="private" 2',
      'skipped reason="own" 3',
      'skipped reason="ignored" 4',
      'skipped reason="unreadable" 5',
      'loads_total result="loaded" 1',
      'loads_total result="unchanged" 2',
      'loads_total result="failed" 3',
      'last_success_timestamp_seconds  1.5',
    ],
  );
  lists = [];
  assert.deepEqual(await ofLists(), []);
});

test('what the controller counts moves', async () => {
  const metrics = makeMetrics();
  metrics.countAlert('scan');
  metrics.countAdded('operator');
  metrics.countRemoved('expired');
  metrics.observeReaction(0.0002);
  const series = seriesOf(await metrics.render());
  assert.ok(series.includes('xdpsentry_alerts_total{rule="scan"} 1'));
  assert.ok(series.includes('xdpsentry_blocks_added_total{origin="operator"} 1'));
  assert.ok(series.includes('xdpsentry_blocks_removed_total{cause="expired"} 1'));
  assert.ok(series.includes('xdpsentry_reaction_seconds_bucket{le="0.00025"} 1'));
  assert.ok(series.includes('xdpsentry_reaction_seconds_bucket{le="0.0001"} 0'));
});

test('never an address or a port as a label', async () => {
  const labels = seriesOf(await makeMetrics().render()).flatMap((line) => [
    ...line.matchAll(/(\w+)="([^"]*)"/g),
  ]);
  for (const [text, name, value] of labels) {
    assert.doesNotMatch(value!, /\d+\.\d+\.\d+\.\d+|::/, text);
    assert.doesNotMatch(name!, /port|addr|source|ip$/, text);
  }
});
