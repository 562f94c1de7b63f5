/** What `xdpsentry why` and `unblock` say of the answers they get. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlockEntry, Story, Why } from '../../../src/control/protocol.ts';
import { answering } from './answering.ts';

const { run, willAnswer } = answering();

const block = (rest: Partial<BlockEntry>): BlockEntry => ({
  source: '198.51.100.0/24',
  by: 'xdp',
  origin: 'operator',
  reason: 'by hand',
  since: '2026-11-22T12:00:00.000Z',
  until: null,
  remainingSeconds: null,
  packets: 0,
  bytes: 0,
  lastSeen: null,
  ...rest,
});
const why = (rest: Partial<Why>): Why => ({
  source: '198.51.100.7',
  label: null,
  verdict: 'out',
  spared: null,
  blocks: [],
  lists: [],
  ...rest,
});
/** The same of a source of which nothing else is known. */
const story = (rest: Partial<Story>): Story => ({
  ...why(rest),
  belongsTo: '198.51.100.7',
  trail: null,
  tool: null,
  proof: null,
  objection: null,
  rules: [],
  history: [],
  historyError: null,
  ...rest,
});
const UNKNOWN = '  seen: no probe that is remembered\n';
const SINCE = ', since 2026-11-22T12:00:00.000Z';
const lists = [{ name: 'drop', entry: '198.51.100.0/22' }];

const cases: readonly (readonly [says: string, answer: Story, words: string])[] = [
  [
    'out, by blocks and lists',
    story({
      blocks: [
        block({}),
        block({
          source: '198.51.100.7',
          origin: 'local',
          reason: 'scan: 22/tcp',
          until: '2026-11-22T12:10:00.000Z',
          remainingSeconds: 600,
        }),
      ],
      lists,
    }),
    '198.51.100.7 is kept out\n' +
      '  198.51.100.0/24 is blocked until it is lifted, by a person (by hand)' +
      `${SINCE}\n` +
      '  198.51.100.7 is blocked for 10m, until 2026-11-22T12:10:00.000Z, by a rule (scan: 22/tcp)' +
      `${SINCE}\n` +
      '  list drop has 198.51.100.0/22\n',
  ],
  ['in', story({ verdict: 'in' }), '198.51.100.7 is let in: no block and no list has it\n'],
  [
    'of a research scanner',
    story({ verdict: 'in', label: 'Censys' }),
    '198.51.100.7 is let in: no block and no list has it\n  it is a research scanner of Censys\n',
  ],
  [
    'ignored, and on a list',
    story({ verdict: 'in', spared: '198.51.100.7 is on the ignore list', lists }),
    '198.51.100.7 is let in, whatever blocks and lists say: 198.51.100.7 is on the ignore list\n' +
      '  list drop has 198.51.100.0/22\n',
  ],
  [
    'a command',
    story({
      verdict: 'command',
      blocks: [block({ source: '198.51.100.7', by: 'command', origin: 'local' })],
    }),
    "198.51.100.7 is let in by the sentry; a rule's command was run for it\n" +
      '  a command was run for 198.51.100.7, which counts until it is lifted, by a rule (by hand)' +
      `${SINCE}\n`,
  ],
  [
    'on record',
    story({ verdict: 'in', blocks: [block({ source: '198.51.100.7', by: 'record', origin: 'local' })] }),
    '198.51.100.7 is let in: no block and no list has it\n' +
      '  198.51.100.7 is on record, which keeps nobody out, until it is lifted, by a rule (by hand)' +
      `${SINCE}\n`,
  ],
];
for (const [says, answer, words] of cases) {
  test(`why: ${says}`, async () => {
    willAnswer(answer);
    assert.equal(await run('why', '198.51.100.7'), words + UNKNOWN);
    assert.deepEqual(JSON.parse(await run('why', '198.51.100.7', '--json')), answer);
  });
}

test('why: what is known of the source', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-22T12:00:00Z') });
  const touch = { protocol: 'tcp', destination: '192.0.2.1', kind: 'syn' } as const;
  const time = '2026-11-22T11:59:00.000Z';
  willAnswer(
    story({
      source: '2001:db8::7',
      belongsTo: '2001:db8::/64',
      verdict: 'in',
      trail: {
        spent: null,
        firstSeen: '2026-11-20T22:30:00.123Z',
        lastSeen: time,
        probes: 12,
        touches: [
          { ...touch, time, port: 80 },
          { ...touch, time, port: 22 },
          { ...touch, time, port: 21, kind: 'fin' },
          { ...touch, time, protocol: 'udp', port: 53, kind: 'udp', destination: '192.0.2.2' },
        ],
      },
      tool: { name: 'nmap', confidence: 0.99 },
      objection: 'the sentry only observes now',
      rules: [
        {
          rule: 'scan',
          windowSeconds: 60,
          counts: [{ what: 'ports', seen: 3, needed: 4 }],
          firedAt: null,
        },
        {
          rule: 'patient-scan',
          windowSeconds: 172_800,
          counts: [{ what: 'ports', seen: 4, needed: 4 }],
          firedAt: null,
        },
        {
          rule: 'sweep',
          windowSeconds: null,
          counts: [
            { what: 'hosts', seen: 2, needed: 2 },
            { what: 'probes', seen: 1, needed: 1 },
          ],
          firedAt: '2026-11-22T11:50:00.000Z',
        },
        { rule: 'none', windowSeconds: 60, counts: [{ what: 'ports', seen: 0, needed: 4 }], firedAt: null },
      ],
      history: [
        { time, event: 'unblocked', source: '2001:db8::/64', cause: 'expired' },
        { time, event: 'unblocked', source: '2001:db8::/32', cause: 'lifted' },
      ],
    }),
  );
  assert.equal(
    await run('why', '2001:db8::7'),
    `2001:db8::7 is let in: no block and no list has it
  seen of 2001:db8::/64, which is one source: 12 probes, the first 1d13h ago (2026-11-20T22:30:00Z), the last 1m ago (2026-11-22T11:59:00Z)
  touched: 21-22,80/tcp,53/udp at 192.0.2.1, 192.0.2.2 (syn, fin, udp)
  tool: nmap (0.99)
  sender: may be forged, no TCP connection of it is known
  rules do not block it: the sentry only observes now
  rules:
    scan          3 of 4 distinct ports within 1m
    patient-scan  4 of 4 distinct ports within 2d; fires with the next probe
    sweep         2 of 2 addresses of this host and 1 of 1 probes at any time; has fired 10m ago
  history:
    2026-11-22T11:59:00.000Z unblocked (expired)
    2026-11-22T11:59:00.000Z 2001:db8::/32 unblocked (lifted)
`,
  );
});

test('why: a source whose probes are too old for the rules, and whose history nobody keeps', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-22T12:00:00Z') });
  const time = '2026-11-22T10:00:00.000Z';
  const touches = [{ time, protocol: 'tcp', port: 22, destination: '192.0.2.1', kind: 'connect' }] as const;
  willAnswer(
    story({
      verdict: 'in',
      trail: { firstSeen: time, lastSeen: time, probes: 1, touches, spent: { until: time, by: 'pardon' } },
      proof: 'had_connection',
      rules: [
        { rule: 'scan', windowSeconds: 60, counts: [{ what: 'ports', seen: 0, needed: 4 }], firedAt: null },
      ],
      historyError: 'this sentry keeps none',
    }),
  );
  assert.equal(
    await run('why', '198.51.100.7'),
    `198.51.100.7 is let in: no block and no list has it
  seen: 1 probe, the first 2h ago (2026-11-22T10:00:00Z), the last 2h ago (2026-11-22T10:00:00Z)
  touched: 22/tcp at 192.0.2.1 (connect)
  spent: what it touched until 2h ago (2026-11-22T10:00:00Z) was forgiven when it was let in again; rules count what comes after
  sender: proven, it has completed a TCP connection
  rules: nothing of it is within the window of one
  history: this sentry keeps none
`,
  );
});

test('unblock: what still keeps it out', async () => {
  willAnswer({ source: '198.51.100.7', kept: [], now: why({ blocks: [block({})], lists }) });
  assert.equal(
    await run('unblock', '198.51.100.7'),
    'unblocked 198.51.100.7; 198.51.100.7 is still out: 198.51.100.0/24 is blocked until it is lifted; list drop has 198.51.100.0/22\n',
  );
});

test('unblock: nothing more to say of who is let in', async () => {
  willAnswer({ source: '198.51.100.7', kept: [], now: why({ verdict: 'in' }) });
  assert.equal(await run('unblock', '198.51.100.7'), 'unblocked 198.51.100.7\n');
});

test('block: with what one may not expect', async () => {
  willAnswer({ ...block({}), remarks: ['let in nevertheless, for it is guarded: 198.51.100.1'] });
  assert.equal(
    await run('block', '198.51.100.0/24', '--for', 'forever'),
    'blocked 198.51.100.0/24 until it is lifted\n  let in nevertheless, for it is guarded: 198.51.100.1\n',
  );
});
