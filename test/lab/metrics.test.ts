import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { LabSentry, metricValue } from '../../scripts/lab/sentry.ts';
import { needs } from '../support/capability.ts';

const POLICY = `
mode: enforce
rules:
  - { name: scan, distinct_ports: 4, window: 60s, block_for: 1h }
`;

const skip = needs('root', 'bpf', 'netns', 'nmap', 'promtool');

test('the metrics of a real scan add up, and promtool has no complaint', { skip }, async () => {
  await using lab = await Lab.create();
  const sentry = await LabSentry.start(lab, POLICY);
  await lab.scanner.execute('nmap', [
    '-n',
    '-Pn',
    '-sS',
    '-p',
    '1-100',
    '--max-retries',
    '0',
    addresses.sentry.ipv4,
  ]);
  await sentry.waitForLine('the block', ({ event }) => event === 'blocked');
  await lab.scanner.execute('nmap', [
    '-n',
    '-Pn',
    '-sS',
    '-p',
    '1-20',
    '--max-retries',
    '0',
    addresses.sentry.ipv4,
  ]);

  const text = await sentry.metrics();
  const value = (series: string) => metricValue(text, `xdpsentry_${series}`);
  assert.equal(value('alerts_total{rule="scan"}'), 1);
  assert.equal(value('blocks{origin="local",family="ipv4"}'), 1);
  assert.equal(value('blocks_added_total{origin="local"}'), 1);
  assert.equal(value('blocks_removed_total{cause="expired"}'), 0);
  assert.equal(value('reaction_seconds_count'), 1);
  assert.ok(value('reaction_seconds_sum') > 0 && value('reaction_seconds_sum') < 1);
  assert.equal(value('table_entries{table="blocks"}'), 1);
  assert.equal(value('table_entries{table="sources"}'), 1);
  assert.equal(value(`interface_attached{interface="${lab.sentry.interface}",mode="native"}`), 1);
  const probes = value('probes_total{protocol="tcp",kind="syn"}');
  assert.ok(probes >= 4, `${probes} probes`);
  assert.equal(value('packets_total{verdict="pass",reason="probe"}'), probes);
  assert.ok(value('packets_total{verdict="drop",reason="blocked"}') >= 20);
  assert.equal(value('events_lost_total{reason="ring_full"}'), 0);

  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.doesNotMatch(`${stdout}${stderr}`, /xdpsentry_/);
});
