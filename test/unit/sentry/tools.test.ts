/** What a source scans with: in alerts, in what a rule counts, and in what is counted of probes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sighting } from '../../../src/kernel/data-plane.ts';
import { makeSentry, sightingOf } from './make-sentry.ts';

const RULES = 'mode: enforce\nrules: [{ name: tool, tools: any, distinct_targets: 2, window: 24h }]';

/** As zmap before 4.1 writes it. */
const zmap = (port: number): Partial<Sighting> => ({
  port,
  total: port,
  traits: {
    sourcePort: 40_000,
    ipId: 54_321,
    ttl: 240,
    tcp: { sequence: port, window: 65_535, headerBytes: 20 },
  },
});

test('two targets with the mark of a tool are answered, and the alert names the tool', () => {
  const { sentry, told, take } = makeSentry(RULES);
  sentry.handle(sightingOf(zmap(1)));
  assert.deepEqual(take(), []);
  sentry.handle(sightingOf(zmap(2)));
  const [alert] = told;
  assert.ok(alert?.event === 'alert');
  assert.deepEqual(
    [alert.rule, alert.action, alert.tool, alert.confidence, alert.ports],
    ['tool', 'block', 'zmap', 0.99, '1-2/tcp'],
  );
});

test('without a mark nothing of it is in the alert', () => {
  const { sentry, told } = makeSentry('rules: [{ name: one, instant: true }]');
  sentry.handle(sightingOf({ port: 1 }));
  assert.deepEqual([told[0]?.event, 'tool' in told[0]!, 'confidence' in told[0]!], ['alert', false, false]);
});

test('probes are counted by tool, those of a connection to a listener not at all', () => {
  const { sentry, tools } = makeSentry(RULES);
  sentry.handle(sightingOf(zmap(1)));
  sentry.handle(sightingOf({ ...zmap(2), address: '192.0.2.77', traits: { ...zmap(2).traits!, ipId: 7 } }));
  sentry.handle(sightingOf({ port: 3 }));
  assert.deepEqual(tools, ['zmap', undefined]);
});
