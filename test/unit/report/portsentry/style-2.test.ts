import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PacketFacts, ProbeFate, SentryEvent } from '../../../../src/report/event.ts';
import { portsentryLines } from '../../../../src/report/portsentry/lines.ts';
import { alertOf, contextOf, SYN } from './context.ts';

/** Each line with its severity in front, unless it is a notice. */
const linesOf = (event: SentryEvent, setting: Parameters<typeof contextOf>[0] = {}): string[] =>
  portsentryLines(event, contextOf({ ...setting, style: '2' })).map(({ severity, text }) =>
    severity === 'notice' ? text : `${severity}: ${text}`,
  );

const probe = (fate: ProbeFate, facts: Partial<PacketFacts> = {}): SentryEvent => ({
  event: 'probe',
  fate,
  ...SYN,
  ...facts,
});

describe('a probe is one line, whatever became of it', () => {
  const start =
    'Scan from: [198.51.100.66] (a.example) protocol: [TCP] port: [22] type: [TCP SYN/Normal scan] IP opts: [not set]';
  for (const [fate, flags] of [
    ['ignored', 'ignored: [true] triggered: [unset] noblock: [unset] blocked: [unset]'],
    ['below_trigger', 'ignored: [false] triggered: [false] noblock: [unset] blocked: [unset]'],
    ['not_blocked', 'ignored: [false] triggered: [true] noblock: [true] blocked: [false]'],
    ['blocked', 'ignored: [false] triggered: [true] noblock: [false] blocked: [true]'],
    ['failed', 'ignored: [false] triggered: [true] noblock: [false] blocked: [false]'],
  ] as const) {
    test(fate, () => assert.deepEqual(linesOf(probe(fate), { name: 'a.example' }), [`${start} ${flags}`]));
  }
});

test('facts of a probe', () => {
  const fields = (facts: Partial<PacketFacts>) => {
    const [line] = linesOf(probe('blocked', facts));
    return [...line!.matchAll(/[[(](.*?)[\])]/g)].slice(0, 6).map(([, field]) => field);
  };
  assert.deepEqual(
    fields({
      address: '2001:db8::7',
      protocol: 'udp',
      port: 0,
      kind: 'udp',
      tcpFlags: 0,
      ipOptions: undefined,
    }),
    ['2001:db8::7', '2001:db8::7', 'UDP', '0', 'UDP', 'unknown'],
  );
  assert.deepEqual(fields({ port: 65_535, ipOptions: true }), [
    '198.51.100.66',
    '198.51.100.66',
    'TCP',
    '65535',
    'TCP SYN/Normal scan',
    'set',
  ]);
});

describe('an alert adds what the line of its probe does not say', () => {
  for (const [action, lines] of [
    ['block', []],
    ['alert', []],
    ['command', []],
    ['guarded', []],
    ['already_blocked', ['attackalert: Host: b/198.51.100.66 is already blocked Ignoring']],
    ['failed', ['error: attackalert: Error during target dispose b/198.51.100.66!']],
  ] as const) {
    test(action, () => assert.deepEqual(linesOf(alertOf({ action }), { name: 'b' }), lines));
  }
  test('of a connection that is known, in the same words', () =>
    assert.deepEqual(linesOf(alertOf({ action: 'already_blocked', kind: 'connect' }), { name: 'b' }), [
      'attackalert: Host: b/198.51.100.66 is already blocked Ignoring',
    ]));
});

describe('other events', () => {
  const source = '198.51.100.0/24';
  const block = { source, origin: 'operator', reason: 'by hand' } as const;
  const cases: [SentryEvent, string[]][] = [
    [{ event: 'starting', version: '0.2.0' }, ['Portsentry (xdpsentry 0.2.0) is starting']],
    [
      { event: 'stopped', signal: 'SIGINT', alerts: 0, blocks: 0, stays: undefined },
      ['Portsentry is shutting down'],
    ],
    [
      { event: 'blocked', ...block, seconds: undefined },
      [`attackalert: Host ${source} has been blocked via XDP until it is lifted`],
    ],
    [
      { event: 'block_changed', ...block, seconds: 1 },
      [`Host ${source} is from now on blocked via XDP for 1s`],
    ],
    [{ event: 'unblocked', source, cause: 'lifted' }, [`Host ${source} is no longer blocked (lifted).`]],
    [{ event: 'warning', text: 'the disk is full' }, ['the disk is full']],
    [
      { event: 'summed_up', lines: 7, seconds: 1 },
      ['7 more lines within 1 s were held back; the metrics count everything'],
    ],
  ];
  for (const [event, lines] of cases) {
    test(event.event, () => assert.deepEqual(linesOf(event), lines));
  }
});

describe('the start', () => {
  const started: SentryEvent = {
    event: 'started',
    interfaces: [{ interface: 'eth0', xdp: 'native' }],
    mode: 'enforce',
    policy: 'portsentry.conf',
    metrics: undefined,
    socket: '/run/xdpsentry.sock',
    busy: { tcp: '80', udp: '' },
  };
  test('in stealth mode', () =>
    assert.deepEqual(linesOf(started), ['Portsentry is now active and listening.']));
  test('in connect mode', () =>
    assert.deepEqual(linesOf(started, { ports: '79-80' }), [
      'Listen on AF_INET6: TCP port: 79',
      'error: Could not bind TCP socket: 80. Attempting to continue',
      'Listen on AF_INET6: UDP port: 79',
      'Listen on AF_INET6: UDP port: 80',
      'Portsentry is now active and listening.',
    ]));
});
