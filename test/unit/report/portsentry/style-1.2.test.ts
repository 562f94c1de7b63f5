import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SentryEvent } from '../../../../src/report/event.ts';
import { portsentryLines } from '../../../../src/report/portsentry/lines.ts';
import { alertOf, contextOf, SYN, textsOf } from './context.ts';

const NAMED = 'scanner.example/198.51.100.66';

describe('an alert', () => {
  const udp = { protocol: 'udp', kind: 'udp', port: 53, tcpFlags: 0 } as const;
  const connect = { kind: 'connect', tcpFlags: 0, ipOptions: undefined } as const;
  const SCAN = `attackalert: TCP SYN/Normal scan from host: ${NAMED} to TCP port: 22`;
  const UDP = `attackalert: UDP scan from host: ${NAMED} to UDP port: 53`;
  const CONNECT = `attackalert: Connect from host: ${NAMED} to TCP port: 22`;
  const cases: [string, Parameters<typeof alertOf>[0], string[]][] = [
    ['that blocks', {}, [SCAN]],
    ['that only tells', { action: 'alert' }, [SCAN]],
    ['that runs a command', { action: 'command' }, [SCAN]],
    ['of UDP', udp, [UDP]],
    ['of a connection', connect, [CONNECT]],
    [
      'of a datagram to a listener',
      { ...connect, protocol: 'udp', port: 7 },
      [`attackalert: Connect from host: ${NAMED} to UDP port: 7`],
    ],
    [
      'with IP options',
      { ipOptions: true, action: 'record' },
      [
        SCAN,
        `attackalert: Packet from host: ${NAMED} to TCP port: 22 has IP options set (detection avoidance technique).`,
        'attackalert: Ignoring TCP response per configuration file setting.',
      ],
    ],
    [
      'of UDP with IP options',
      { ...udp, ipOptions: true },
      [
        UDP,
        `attackalert: Packet from host: ${NAMED} to UDP port: 53 has IP options set (detection avoidance technique).`,
      ],
    ],
    [
      'on record only',
      { ...udp, action: 'record' },
      [UDP, 'attackalert: Ignoring UDP response per configuration file setting.'],
    ],
    [
      'of a source that was answered',
      { action: 'already_blocked' },
      [SCAN, `attackalert: Host: ${NAMED} is already blocked Ignoring`],
    ],
    [
      'of a connection from a source that was answered',
      { ...connect, action: 'already_blocked' },
      [CONNECT, 'attackalert: Host: 198.51.100.66 is already blocked. Ignoring'],
    ],
    [
      'of a guarded source',
      { action: 'guarded' },
      [SCAN, `adminalert: Host: ${NAMED} is guarded and will not be blocked.`],
    ],
    [
      'while observing',
      { action: 'would_block' },
      [SCAN, `adminalert: Host: ${NAMED} would be blocked (observe mode).`],
    ],
    ['that failed', { action: 'failed' }, [SCAN, `attackalert: ERROR: Could not block host ${NAMED}!!`]],
    [
      'of a connection that failed',
      { ...connect, action: 'failed' },
      [CONNECT, 'attackalert: ERROR: Could not block host 198.51.100.66 !!'],
    ],
  ];
  for (const [says, facts, lines] of cases) {
    test(says, () =>
      assert.deepEqual(textsOf(alertOf(facts), { tcp: 'atcp', name: 'scanner.example' }), lines),
    );
  }
  test('that failed has a blank more in mode stcp', () => {
    const [, line] = textsOf(alertOf({ action: 'failed' }), { tcp: 'stcp', udp: 'sudp', name: 'a' });
    assert.equal(line, 'attackalert: ERROR: Could not block host a/198.51.100.66 !!');
    const [, other] = textsOf(alertOf({ ...udp, action: 'failed' }), { tcp: 'stcp', udp: 'sudp', name: 'a' });
    assert.equal(other, 'attackalert: ERROR: Could not block host a/198.51.100.66!!');
  });
  test('without a name has the address twice', () =>
    assert.deepEqual(textsOf(alertOf({}), {}), [SCAN.replace('scanner.example', '198.51.100.66')]));
});

describe('other events', () => {
  const source = '2001:db8::/64';
  const block = { source, origin: 'local', reason: 'scan: 22/tcp' } as const;
  const cases: [SentryEvent, string[]][] = [
    [{ event: 'starting', version: '0.2.0' }, ['adminalert: PortSentry (xdpsentry 0.2.0) is starting.']],
    [
      { event: 'stopped', signal: 'SIGTERM', alerts: 1, blocks: 1, stays: undefined },
      ['securityalert: PortSentry is shutting down', 'adminalert: PortSentry is shutting down'],
    ],
    [
      { event: 'confirmed', seconds: 97 },
      ['adminalert: enforcement is confirmed, 1m37s before it would have been rolled back'],
    ],
    [
      { event: 'rolled_back', seconds: 120 },
      [
        'adminalert: ERROR: nobody has confirmed this enforcement within 2m: it is rolled back, and everybody is let in again',
      ],
    ],
    [
      { event: 'blocked', ...block, seconds: undefined },
      [`attackalert: Host ${source} has been blocked via XDP until it is lifted`],
    ],
    [
      { event: 'blocked', ...block, seconds: 600 },
      [`attackalert: Host ${source} has been blocked via XDP for 10m`],
    ],
    [
      { event: 'block_changed', ...block, seconds: 5400 },
      [`adminalert: Host ${source} is from now on blocked via XDP for 1h30m`],
    ],
    [
      { event: 'unblocked', source, cause: 'expired' },
      [`adminalert: Host ${source} is no longer blocked (expired).`],
    ],
    [{ event: 'warning', text: 'the disk is full' }, ['adminalert: the disk is full']],
    [
      { event: 'summed_up', lines: 7, seconds: 1 },
      ['adminalert: 7 more lines within 1 s were held back; the metrics count everything'],
    ],
    [{ event: 'probe', fate: 'blocked', ...SYN }, []],
  ];
  for (const [event, lines] of cases) {
    test(`${event.event}${'seconds' in event ? ` ${event.seconds}` : ''}`, () =>
      assert.deepEqual(textsOf(event, {}), lines));
  }
  test('are notices to syslog, all of them', () => {
    const severities = cases.flatMap(([event]) =>
      portsentryLines(event, contextOf({})).map(({ severity }) => severity),
    );
    assert.deepEqual(new Set(severities), new Set(['notice']));
  });
});
