/** `xdpsentry replay` of sources that belong together. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { main } from '../../src/cli/program.ts';
import { needs } from '../support/capability.ts';
import { pcap } from '../support/capture-file.ts';
import { dialogue } from '../support/dialogue.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-together-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;

type Alert = { readonly at: string; readonly rule: string; readonly objection: string | null };
type Fact = {
  readonly source: string;
  readonly alerted: boolean;
  readonly blocked: boolean;
  readonly rule: string | null;
  readonly class: string;
  readonly objection: string | null;
  readonly first_seen: string;
  readonly alerted_at: string | null;
  readonly probes_to_alert: number | null;
  readonly alerts: readonly Alert[];
};

/** What a replay says of each source, and to people. */
async function replay(lines: readonly string[], policy = '', ...options: readonly string[]) {
  const [capture, config] = ['pcap', 'yaml'].map((ending) => join(directory, `${++files}.${ending}`));
  writeFileSync(capture!, pcap(dialogue(lines.join('\n'))));
  writeFileSync(config!, policy);
  const ask = async (...more: string[]) => {
    let out = '';
    const argv = ['replay', '--protect', '198.51.100.1', '--protect', '2001:db8::1', '--policy', config!];
    const code = await main([...argv, ...options, ...more, capture!], {
      out: (text) => {
        out += text;
      },
      err: () => undefined,
    });
    assert.equal(code, 0);
    return out;
  };
  const json = (await ask('--json')).split('\n').filter((line) => line !== '');
  return { facts: json.map((line) => JSON.parse(line) as Fact), text: await ask() };
}

const probe = (at: number, from: string, port: number, more = '') =>
  `${at} ${from}:40000 > ${from.includes(':') ? '2001:db8::1' : '198.51.100.1'}:${port} S${more}`;
const short = ({ source, alerted, blocked, rule, class: kind }: Fact) => [
  source,
  alerted,
  blocked,
  rule,
  kind,
];

describe('a replay', { skip: needs('bpf') }, () => {
  test('finds a scan that the sources of a network share', async () => {
    const hosts = [3, 40, 77, 120, 200];
    const lines = hosts.map((host, index) => probe(index * 600, `203.0.113.${host}`, 20 + index));
    const { facts, text } = await replay([...lines, probe(3000, '192.0.2.9', 99)]);
    assert.deepEqual(facts.map(short), [
      ...hosts.map((host) => [`203.0.113.${host}`, true, false, 'distributed', 'distributed']),
      ['192.0.2.9', false, false, null, 'single'],
    ]);
    assert.match(text, /203\.0\.113\.3 +alerted .* distributed /);
    assert.match(text, /sources of probes: 6, alerted: 5, blocked: 0/);
  });

  test('adds up what rotates through the /64 networks of a /48', async () => {
    const lines = [1, 2, 3, 4, 5].map((host) => probe(host * 600, `2001:db8:7:${host}::${host}`, 20 + host));
    const { facts } = await replay(lines);
    assert.deepEqual(
      facts.map(({ source, rule }) => [source, rule]),
      [1, 2, 3, 4, 5].map((host) => [`2001:db8:7:${host}::/64`, 'distributed']),
    );
  });

  test('blocks those who took part if the policy says so', async () => {
    const rule =
      '{ name: neighbours, per: network, distinct_ports: 3, window: 1h, action: block, block_for: 10m }';
    const lines = [1, 2, 3].map((host) => probe(host, `203.0.113.${host}`, 20 + host));
    const after = [1, 2, 4].map((host) => probe(10 + host, `203.0.113.${host}`, 30 + host));
    const { facts } = await replay([...lines, ...after], `rules: [${rule}]`);
    assert.deepEqual(
      facts.map(({ source, blocked }) => [source, blocked]),
      [
        ['203.0.113.1', true],
        ['203.0.113.2', true],
        ['203.0.113.3', true],
        ['203.0.113.4', false],
      ],
    );
  });

  describe('of who is first alerted of together with others, and then scans alone', () => {
    // The fifth of five neighbours goes on: his first alert, with them, is of his first probe.
    const neighbours = [3, 40, 77, 120, 200].map((host, index) =>
      probe(index * 600, `203.0.113.${host}`, 20 + index),
    );
    const alone = [80, 110, 143, 443].map((port, index) =>
      probe(2401 + index, '203.0.113.200', port, ` seq=${index * 7 + 1}`),
    );
    const last = (facts: readonly Fact[]) => facts.find(({ source }) => source === '203.0.113.200')!;

    test('shows people the alert that led to the block, and keeps the times of the first for programs', async () => {
      const { facts, text } = await replay([...neighbours, ...alone]);
      const { blocked, rule, alerted_at, probes_to_alert, alerts } = last(facts);
      assert.deepEqual(
        [blocked, rule, alerted_at, probes_to_alert],
        [true, 'scan', '2026-11-28T12:40:00.000000Z', 1],
      );
      assert.deepEqual(
        alerts.map((alert) => alert.rule),
        ['distributed', 'scan'],
      );
      assert.match(text, /203\.0\.113\.200 +blocked +2026-11-28 12:40:03 +scan +4 /);
    });

    test('tells why he was not blocked, though the first alert would not have', async () => {
      const { facts, text } = await replay([...neighbours, ...alone], '', '--guard', '203.0.113.200');
      const { blocked, rule, objection, alerts } = last(facts);
      const why = 'it is guarded, as you have said';
      assert.deepEqual([blocked, rule, objection], [false, 'distributed', why]);
      assert.deepEqual(
        alerts.slice(0, 2).map((alert) => [alert.rule, alert.objection]),
        [
          ['distributed', null],
          ['scan', why],
        ],
      );
      assert.match(text, /203\.0\.113\.200 +guarded +2026-11-28 12:40:03 +scan +4 /);
      assert.match(text, /203\.0\.113\.3 +alerted /);
    });
  });

  test('finds a scan among decoys, and blocks none of them', async () => {
    const names = ['203.0.113.9', '192.0.2.5', '198.51.100.77', '203.0.113.20'];
    const lines = Array.from({ length: 12 }, (_, round) =>
      names.map((name, index) =>
        probe(round * 0.05 + index * 0.000_1, name, 20 + round, ` seq=${1000 + round}`),
      ),
    ).flat();
    const { facts, text } = await replay(lines);
    for (const fact of facts) {
      assert.deepEqual([fact.alerted, fact.blocked, fact.class], [true, false, 'decoy'], fact.source);
    }
    assert.equal(facts.length, names.length);
    assert.match(text, /alerted: 4, blocked: 0/);
    const { facts: unguarded } = await replay(lines, 'guard: { decoys: false }');
    assert.deepEqual(
      unguarded.map((fact) => [fact.blocked, fact.class === 'decoy']),
      names.map(() => [true, false]),
    );
  });

  test('blocks both of two that send the same: one forged source hides nobody', async () => {
    const names = ['203.0.113.9', '192.0.2.5'];
    const lines = Array.from({ length: 12 }, (_, round) =>
      names.map((name, index) =>
        probe(round * 0.05 + index * 0.000_1, name, 20 + round, ` seq=${1000 + round}`),
      ),
    ).flat();
    const { facts, text } = await replay(lines);
    assert.deepEqual(
      facts.map((fact) => [fact.blocked, fact.class]),
      names.map(() => [true, 'decoy']),
    );
    assert.match(text, /alerted: 2, blocked: 2/);
  });

  test('finds a campaign of unrelated sources, once it knows what is usual', async () => {
    const hour = 3600;
    const calm = Array.from({ length: 16 }, (_, index) =>
      probe(index * 0.5 * hour, `192.0.2.${index + 1}`, 22),
    );
    const crowd = Array.from({ length: 40 }, (_, index) =>
      probe(8 * hour + index * 60, `${60 + index}.1.2.3`, 100 + index),
    );
    // It is told of with the first sources, with twice as many, and an hour later with those that came meanwhile.
    const later = probe(9.25 * hour, '192.0.2.1', 22);
    const { facts } = await replay([...calm, ...crowd, later]);
    const named = facts.filter(({ rule }) => rule === 'campaign');
    assert.ok(named.length >= 30, `${named.length} are named`);
    assert.ok(named.every((fact) => fact.class === 'distributed' && !fact.blocked));
    assert.deepEqual(
      (await replay(crowd)).facts.filter(({ alerted }) => alerted),
      [],
    );
  });

  test('tells of what is together when a running sentry would have, and not when the next packet comes', async () => {
    const names = ['203.0.113.9', '192.0.2.5'];
    const set = [0, 1, 2].flatMap((round) =>
      names.map((name, index) =>
        probe(round * 0.05 + index * 0.000_1, name, 20 + round, ` seq=${1000 + round}`),
      ),
    );
    const { facts: decoys } = await replay([...set, probe(1800, '203.0.113.77', 22)]);
    const told = decoys.filter(({ rule }) => rule === 'decoy').map(({ alerts }) => alerts[0]!.at);
    assert.equal(told.length, names.length);
    for (const at of told) assert.ok(secondsAfter(decoys[0]!.first_seen, at) <= 4, at);

    const hour = 3600;
    const calm = Array.from({ length: 16 }, (_, index) =>
      probe(index * 0.5 * hour, `192.0.2.${index + 1}`, 22),
    );
    const burst = Array.from({ length: 40 }, (_, index) =>
      probe(8 * hour + index, `${60 + index}.1.2.3`, 100 + index),
    );
    for (const after of [[], [probe(14 * hour, '192.0.2.99', 22)]]) {
      const { facts } = await replay([...calm, ...burst, ...after]);
      assert.equal(facts.filter(({ rule }) => rule === 'campaign').length >= 30, true, `${after}`);
    }
  });
});

const secondsAfter = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;
