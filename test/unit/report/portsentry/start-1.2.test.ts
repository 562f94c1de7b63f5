import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SentryEvent } from '../../../../src/report/event.ts';
import { textsOf } from './context.ts';

/** The lines at the start, without their tag, while `busy` ports are taken in both protocols. */
function startLines(setting: Parameters<typeof textsOf>[1], busy = ''): string[] {
  const started: SentryEvent = {
    event: 'started',
    interfaces: [{ interface: 'eth0', xdp: 'native' }],
    mode: 'enforce',
    policy: 'portsentry.conf',
    metrics: undefined,
    socket: '/run/xdpsentry.sock',
    busy: { tcp: busy, udp: busy },
  };
  return textsOf(started, setting).map((text) => {
    assert.ok(text.startsWith('adminalert: '), text);
    return text.slice('adminalert: '.length);
  });
}

const ACTIVE = 'PortSentry is now active and listening.';

/** Texts and order as the real one wrote them, with the deviations that are meant. */
describe('what a mode says at the start', () => {
  test('tcp, a port taken', () =>
    assert.deepEqual(startLines({ tcp: 'tcp', ports: '1,11,15' }, '11,80'), [
      'Going into listen mode on TCP port: 1',
      'Going into listen mode on TCP port: 11',
      'ERROR: could not bind TCP socket: 11. Attempting to continue',
      'Going into listen mode on TCP port: 15',
      ACTIVE,
    ]));
  test('udp, a port taken', () =>
    assert.deepEqual(startLines({ udp: 'udp', ports: '7,9' }, '7'), [
      'Going into listen mode on UDP port: 7',
      'ERROR: could not bind UDP socket: 7. Attempting to continue',
      'Going into listen mode on UDP port: 9',
      ACTIVE,
    ]));
  test('stcp and sudp in one process, a port taken', () =>
    assert.deepEqual(startLines({ tcp: 'stcp', udp: 'sudp', ports: '1,11' }, '11'), [
      'Going into stealth listen mode on TCP port: 1',
      'Going into stealth listen mode on TCP port: 11',
      'ERROR: Socket 11 is in use and will not be monitored while it is. Attempting to continue',
      'Going into stealth listen mode on UDP port: 1',
      'Going into stealth listen mode on UDP port: 11',
      'ERROR: Socket 11 is in use and will not be monitored while it is. Attempting to continue',
      ACTIVE,
    ]));
  test('atcp, some taken and some excluded', () =>
    assert.deepEqual(startLines({ tcp: 'atcp', ports: '0-4,6-12,14-19' }, '7,11'), [
      'Advanced mode will monitor first 20 ports',
      'Advanced mode will manually exclude port: 5 ',
      'Advanced mode will manually exclude port: 13 ',
      'Advanced Stealth scan detection mode activated. Ignored TCP port: 7',
      'Advanced Stealth scan detection mode activated. Ignored TCP port: 11',
      'Advanced Stealth scan detection mode activated. Ignored TCP port: 5',
      'Advanced Stealth scan detection mode activated. Ignored TCP port: 13',
      ACTIVE,
    ]));
  test('audp, none taken and none excluded', () =>
    assert.deepEqual(startLines({ udp: 'audp', ports: '0-1023' }), [
      'Advanced mode will monitor first 1024 ports',
      'Advanced mode will manually exclude no ports',
      ACTIVE,
    ]));
  test('no port at all', () =>
    assert.deepEqual(startLines({ tcp: 'atcp' }), [
      'Advanced mode will monitor first 0 ports',
      'Advanced mode will manually exclude no ports',
      ACTIVE,
    ]));
  test('none of the six', () => assert.deepEqual(startLines({ tcp: 'stealth', ports: '1-3' }), [ACTIVE]));
});

describe('more ports than anybody reads are ranges', () => {
  for (const [mode, lines] of [
    [
      'stcp',
      [
        'Going into stealth listen mode on TCP ports: 1-300,400',
        'ERROR: Socket 2-3 is in use and will not be monitored while it is. Attempting to continue',
      ],
    ],
    [
      'tcp',
      [
        'Going into listen mode on TCP ports: 1-300,400',
        'ERROR: could not bind TCP socket: 2-3. Attempting to continue',
      ],
    ],
  ] as const) {
    test(mode, () =>
      assert.deepEqual(startLines({ tcp: mode, ports: '1-300,400' }, '2-3'), [...lines, ACTIVE]),
    );
  }
  test('atcp', () =>
    assert.deepEqual(startLines({ tcp: 'atcp', ports: '1000-65535' }, '2000-2999'), [
      'Advanced mode will monitor first 65536 ports',
      'Advanced mode will manually exclude ports: 0-999 ',
      'Advanced Stealth scan detection mode activated. Ignored TCP ports: 2000-2999',
      'Advanced Stealth scan detection mode activated. Ignored TCP ports: 0-999',
      ACTIVE,
    ]));
  test('256 are still lines of their own', () =>
    assert.equal(startLines({ tcp: 'stcp', ports: '1-256' }).length, 257));
});
