import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeInnocent, judgeScans, type Outcome } from '../../../scripts/eval/judge.ts';
import { truthOf } from '../../../scripts/eval/truth.ts';
import type { SourceFacts } from '../../../src/replay/report.ts';

const facts = (source: string, alerted: boolean, blocked = alerted, ports = 4) =>
  ({
    source,
    alerted,
    blocked,
    rule: alerted ? 'scan' : null,
    ports_to_alert: alerted ? ports : null,
  }) as SourceFacts;

const scan = (name: string, ...found: readonly SourceFacts[]): Outcome => ({
  truth: truthOf(`scan/${name}`, 'nmap SYN', '192.0.2.1 -> 192.0.2.2, 1000 TCP ports'),
  facts: found,
  failure: undefined,
});

test('a scan is found when its scanner is, and nobody else counts for that', () => {
  const outcomes = [
    scan('found', facts('192.0.2.1', true, true, 4)),
    scan('late', facts('192.0.2.1', true, false, 11)),
    scan('missed', facts('192.0.2.1', false)),
    scan('another', facts('192.0.2.9', true)),
  ];
  const [syn, all] = judgeScans(outcomes);
  assert.equal(syn?.kind, 'syn');
  assert.deepEqual([all?.alerted.hits, all?.alerted.trials, all?.blocked.hits], [2, 4, 1]);
  assert.deepEqual(all?.ports, [4, 11]);
  assert.deepEqual(all?.missed, ['scan/missed', 'scan/another']);
});

test('others who are alerted of are false alarms, in scans and elsewhere, by capture', () => {
  const benign: Outcome = {
    truth: truthOf('benign/a', '', 'NEGATIVE'),
    facts: [facts('192.0.2.3', true, false), facts('192.0.2.4', true, false), facts('192.0.2.5', false)],
    failure: undefined,
  };
  const results = judgeInnocent([scan('a', facts('192.0.2.1', true), facts('192.0.2.9', true)), benign]);
  const counts = results.map(({ folder, alerted, blocked }) => `${folder} ${alerted.hits} ${blocked.hits}`);
  assert.deepEqual(counts, ['scan 1 1', 'benign 1 0', 'neg_hard 0 0', 'neg_other 0 0', 'malformed 0 0']);
  assert.equal(results[1]!.alarms.length, 2);
});
