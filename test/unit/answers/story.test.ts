/** What is known of a source: what it has touched, how far each rule is, whether its address is its own, what has happened. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Story } from '../../../src/control/protocol.ts';
import { NO_FACTS } from '../../../src/store/memory/rows.ts';
import { Source } from '../../support/probes.ts';
import { makeAnswers, SCANNER } from './make-answers.ts';

const HOUR_NS = 3600e9;
const storyOf = ({ ask }: ReturnType<typeof makeAnswers>, source = SCANNER) =>
  ask<Story>({ command: 'why', source });
/** `scan: 3 of 4 ports` */
const short = ({ rules }: Story) =>
  rules.map(
    ({ rule, counts, firedAt }) =>
      `${rule}: ${counts.map(({ what, seen, needed }) => `${seen} of ${needed} ${what}`).join(', ')}${firedAt === null ? '' : ', fired'}`,
  );

describe('the story of a source', () => {
  test('that nobody knows', async (t) => {
    const story = await storyOf(makeAnswers(t));
    const { trail, proof, objection, history, historyError, belongsTo } = story;
    assert.deepEqual(
      { trail, proof, objection, history, historyError, belongsTo },
      {
        trail: null,
        proof: null,
        objection: null,
        history: [],
        historyError: null,
        belongsTo: SCANNER,
      },
    );
    assert.deepEqual(short(story), [
      'scan: 0 of 4 ports',
      'patient: 0 of 3 ports',
      'many: 0 of 2 hosts, 0 of 5 probes',
    ]);
  });

  test('says what it has touched and when, by the wall clock', async (t) => {
    const answers = makeAnswers(t);
    const scanner = new Source(SCANNER);
    const nowNs = answers.dataPlane.nowNs();
    answers.see(scanner.probe(nowNs - 30 * HOUR_NS, 22));
    answers.see(scanner.probe(nowNs - HOUR_NS, 53, { kind: 'udp', destination: '2001:db8::1', untold: 2 }));
    const { trail } = await storyOf(answers);
    assert.deepEqual(trail, {
      firstSeen: '2026-11-21T06:00:00.000Z',
      lastSeen: '2026-11-22T11:00:00.000Z',
      probes: 4,
      spent: null,
      touches: [
        {
          ...{ time: '2026-11-21T06:00:00.000Z', protocol: 'tcp', port: 22 },
          ...{ destination: '192.0.2.1', kind: 'syn' },
        },
        {
          ...{ time: '2026-11-22T11:00:00.000Z', protocol: 'udp', port: 53 },
          ...{ destination: '2001:db8::1', kind: 'udp' },
        },
      ],
    });
  });

  test('says how far each rule is, within its window, and which has fired', async (t) => {
    const answers = makeAnswers(t);
    const scanner = new Source(SCANNER);
    const nowNs = answers.dataPlane.nowNs();
    for (const [hours, port] of [
      [40, 1],
      [20, 2],
    ] as const)
      answers.see(scanner.probe(nowNs - hours * HOUR_NS, port));
    assert.deepEqual(short(await storyOf(answers)), [
      'scan: 0 of 4 ports',
      'patient: 2 of 3 ports',
      'many: 1 of 2 hosts, 2 of 5 probes',
    ]);
    answers.see(scanner.probe(nowNs, 3));
    const story = await storyOf(answers);
    assert.deepEqual(short(story), [
      'scan: 1 of 4 ports',
      'patient: 3 of 3 ports, fired',
      'many: 1 of 2 hosts, 3 of 5 probes',
    ]);
    assert.deepEqual(
      story.rules.map(({ windowSeconds }) => windowSeconds),
      [60, 172_800, null],
    );
    assert.equal(story.rules[1]!.firedAt, '2026-11-22T12:00:00.000Z');
  });

  test('of an IPv6 address is that of its network', async (t) => {
    const answers = makeAnswers(t);
    answers.see(new Source('2001:db8:1:2::/64').probe(answers.dataPlane.nowNs(), 22));
    const { source, belongsTo, trail } = await storyOf(answers, '2001:db8:1:2::7');
    assert.deepEqual([source, belongsTo, trail?.probes], ['2001:db8:1:2::7', '2001:db8:1:2::/64', 1]);
    assert.equal((await storyOf(answers, '2001:db8:1:3::7')).trail, null);
  });

  test('says what it scans with: as its probes show, or as they did before a start', async (t) => {
    const answers = makeAnswers(t);
    const scanner = new Source(SCANNER);
    const nowNs = answers.dataPlane.nowNs();
    assert.equal((await storyOf(answers)).tool, null);
    answers.tools.set(SCANNER, { tool: 'nmap', confidence: 0.5 });
    assert.deepEqual((await storyOf(answers)).tool, { name: 'nmap', confidence: 0.5 });
    answers.see({ ...scanner.probe(nowNs, 22), mark: { tool: 'masscan' } });
    answers.see(scanner.probe(nowNs, 22));
    assert.deepEqual((await storyOf(answers)).tool, { name: 'masscan', confidence: 0.99 });
    answers.tools.set(SCANNER, { tool: 'zmap', confidence: 0.99 });
    assert.deepEqual((await storyOf(answers)).tool, { name: 'zmap', confidence: 0.99 });
  });

  describe('says of the sender', () => {
    test('that it may be forged, when there was nothing but packets', async (t) => {
      const answers = makeAnswers(t);
      answers.see(new Source(SCANNER).probe(answers.dataPlane.nowNs(), 22));
      answers.block(SCANNER, { address: SCANNER, protocol: 'tcp', port: 22 });
      assert.equal((await storyOf(answers)).proof, null);
    });

    test('that it holds a connection, and that rules spare it for that', async (t) => {
      const answers = makeAnswers(t);
      answers.connected.add(SCANNER);
      const { proof, objection } = await storyOf(answers);
      assert.equal(proof, 'holds_connection');
      assert.match(objection!, /holds a TCP connection/);
    });

    test('that it had one, when it came to a port of the sentry', async (t) => {
      const answers = makeAnswers(t);
      answers.see(new Source(SCANNER).probe(answers.dataPlane.nowNs(), 23, { kind: 'connect' }));
      assert.equal((await storyOf(answers)).proof, 'had_connection');
    });

    test('that it had one, when a block says so', async (t) => {
      const answers = makeAnswers(t);
      answers.block(SCANNER, { address: SCANNER, protocol: 'tcp', port: 22, isProven: true });
      assert.equal((await storyOf(answers)).proof, 'had_connection');
    });
  });

  test('has the latest of its history, and of networks that hold it', async (t) => {
    const answers = makeAnswers(t);
    const atMs = Date.parse('2026-11-22T11:00:00Z');
    const row = { ...NO_FACTS, atMs, event: 'unblocked', source: SCANNER, cause: 'expired' } as const;
    answers.history.rows = [row];
    const { history } = await storyOf(answers);
    assert.deepEqual(history, [
      { time: '2026-11-22T11:00:00.000Z', event: 'unblocked', source: SCANNER, cause: 'expired' },
    ]);
    const [{ sources, limit } = { sources: undefined, limit: 0 }] = answers.history.asked;
    assert.ok(sources?.includes(SCANNER) && sources.includes('198.51.100.0/24'));
    assert.equal(limit, 10);
  });

  test('says why there is no history', async (t) => {
    const answers = makeAnswers(t);
    answers.history.rows = undefined;
    const { history, historyError, verdict } = await storyOf(answers);
    assert.deepEqual([history, verdict], [[], 'in']);
    assert.match(historyError!, /keeps none/);
  });
});
