import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge } from '../../../../scripts/eval/scenes/judge.ts';
import type { SceneFacts } from '../../../../scripts/eval/scenes/play.ts';
import type { Scene } from '../../../../scripts/eval/scenes/scene.ts';

const scene = (given: Partial<Scene>): Scene => ({
  ...{
    group: 'kind',
    row: 'SYN',
    column: 'IPv4',
    turn: 1,
    protects: [],
    guards: [],
    scanners: [],
    forged: [],
  },
  ...{ class: undefined, tool: undefined, shots: () => [] },
  ...given,
});
type Given = Partial<Omit<SceneFacts, 'class'>> & { readonly class?: string };
const facts = (source: string, given: Given = {}): SceneFacts =>
  ({
    ...{ source, alerted: true, blocked: false, rule: 'scan', class: 'vertical', tool: null },
    ...{ alerted_at: '2026-11-28T12:00:00.000000Z', ports_to_alert: 4, longestBlockSeconds: 0 },
    ...given,
  }) as SceneFacts;
const quiet = (source: string, given: Given = {}) =>
  facts(source, { alerted: false, rule: null, alerted_at: null, ports_to_alert: null, ...given });

describe('a scene is judged', () => {
  test('by its scanner: alerted of, blocked, after how many ports, as what', () => {
    const verdict = judge(scene({ scanners: ['203.0.113.66'] }), [
      quiet('192.0.2.10'),
      facts('203.0.113.66', { blocked: true, tool: 'nmap' }),
    ]);
    const { isFound, isBlocked, named, portsToAlert, class: told, tool, innocent } = verdict;
    assert.deepEqual(
      [isFound, isBlocked, named, portsToAlert, told, tool, innocent],
      [true, true, 1, 4, 'vertical', 'nmap', []],
    );
  });

  test('as missed when only others are alerted of, who are then wronged', () => {
    const verdict = judge(scene({ scanners: ['203.0.113.66'] }), [
      quiet('203.0.113.66', { tool: 'zmap' }),
      facts('192.0.2.10', { blocked: true, longestBlockSeconds: 600 }),
    ]);
    assert.deepEqual(
      [verdict.isFound, verdict.class, verdict.portsToAlert, verdict.tool],
      [false, undefined, undefined, 'zmap'],
    );
    assert.deepEqual(verdict.innocent, [
      { source: '192.0.2.10', rule: 'scan', isBlocked: true, longestBlockSeconds: 600 },
    ]);
  });

  test('an alert of a network names each of those in it, and no other', () => {
    const scanners = ['203.0.113.1', '203.0.113.2', '198.18.0.1'];
    const verdict = judge(scene({ scanners, class: 'distributed' }), [
      facts('203.0.113.0/24', { class: 'distributed' }),
    ]);
    assert.deepEqual([verdict.isFound, verdict.named, verdict.class], [true, 2, 'distributed']);
    const six = judge(scene({ scanners: ['2001:db8:66:1::5'] }), [facts('2001:db8:66:1::/64')]);
    assert.equal(six.isFound, true);
  });

  test('of several alerts the class that is right counts, or else that of the first', () => {
    const scanners = ['203.0.113.1', '203.0.113.2'];
    const early = facts('203.0.113.1');
    const late = facts('203.0.113.2', {
      class: 'decoy',
      alerted_at: '2026-11-28T12:00:05.000000Z',
      ports_to_alert: 9,
    });
    const verdict = judge(scene({ scanners, class: 'decoy' }), [late, early]);
    assert.deepEqual([verdict.class, verdict.portsToAlert], ['decoy', 4]);
    assert.equal(judge(scene({ scanners, class: 'udp' }), [late, early]).class, 'vertical');
  });

  test('those in whose name somebody scans are apart from the innocent and from the scanner', () => {
    const verdict = judge(scene({ scanners: ['203.0.113.66'], forged: ['198.19.0.1', '198.19.3.1'] }), [
      facts('203.0.113.66'),
      facts('198.19.0.1', { blocked: true, longestBlockSeconds: Infinity }),
      quiet('198.19.3.1'),
    ]);
    assert.deepEqual(verdict.forged, [
      { source: '198.19.0.1', rule: 'scan', isBlocked: true, longestBlockSeconds: Infinity },
    ]);
    assert.deepEqual(verdict.innocent, []);
  });

  test('a group that has a name and no address is of those who scan together; where nobody scans it is a false alarm', () => {
    const campaign = facts('campaign 1', { class: 'distributed' });
    assert.equal(judge(scene({ scanners: ['203.0.113.1'] }), [campaign]).isFound, true);
    assert.equal(judge(scene({}), [campaign]).innocent.length, 1);
  });
});
