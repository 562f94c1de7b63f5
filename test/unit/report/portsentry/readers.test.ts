import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AlertAction, SentryEvent } from '../../../../src/report/event.ts';
import { alertOf, SYN, textsOf } from './context.ts';

/** What people's tools look for in PortSentry's log, as their stock rules have it. */
const OSSEC_CONNECT = /attackalert: Connect from host: (\S+)\/\S+ to (\S+) port: (\d+)$/;
const OSSEC_BLOCKED = /is already blocked\. Ignoring$/;
const OSSEC_BLOCKED_HOST = /Host: (\S+) is/;
const FAIL2BAN_2 = /^[^ ]* Scan from: \[([^\]]+)\]/;
/** What scripts take for "this host was blocked now". */
const BLOCKED_NOW = /has been blocked via (wrappers|dropped route)|External command run for host/;

const connect = { kind: 'connect', tcpFlags: 0, ipOptions: undefined } as const;

describe('OSSEC and Wazuh', () => {
  test('decode a connection', () => {
    const [line] = textsOf(alertOf({ ...connect, port: 143 }), {});
    assert.deepEqual(OSSEC_CONNECT.exec(line!)?.slice(1), ['198.51.100.66', 'TCP', '143']);
  });
  test('take the name when there is one, as they always did', () => {
    const [line] = textsOf(alertOf(connect), { name: 'scanner.example' });
    assert.equal(OSSEC_CONNECT.exec(line!)?.[1], 'scanner.example');
  });
  test('decode a connection from a source that was answered', () => {
    const [, line] = textsOf(alertOf({ ...connect, action: 'already_blocked' }), { name: 'scanner.example' });
    assert.match(line!, OSSEC_BLOCKED);
    assert.equal(OSSEC_BLOCKED_HOST.exec(line!)?.[1], '198.51.100.66');
  });
});

test("fail2ban's filter for version 2 finds the address in the history", () => {
  const [line] = textsOf({ event: 'probe', fate: 'blocked', ...SYN }, { style: '2', name: 'x.example' });
  assert.equal(FAIL2BAN_2.exec(`2026-11-21T20:28:29.123+0100 ${line}`)?.[1], '198.51.100.66');
});

test('no line of our own is taken for one of PortSentry’s', () => {
  const block = { source: '198.51.100.66', origin: 'local', reason: 'scan' } as const;
  const response = {
    response: 'route',
    address: '198.51.100.66',
    text: 'route del',
    detail: 'exit status 1',
  };
  const own: SentryEvent[] = [
    { event: 'blocked', ...block, seconds: 600 },
    { event: 'block_changed', ...block, seconds: 600 },
    { event: 'unblocked', source: '198.51.100.66', cause: 'expired' },
    ...(['done', 'failed'] as const).map(
      (result) => ({ event: 'response', undo: true, result, ...response }) as SentryEvent,
    ),
    ...(['skipped', 'timed_out', 'not_run'] as const).map(
      (result) => ({ event: 'response', undo: false, result, ...response }) as SentryEvent,
    ),
    ...(['guarded', 'would_block'] satisfies AlertAction[]).map((action) => alertOf({ action })),
  ];
  for (const style of ['1.2', '2'] as const) {
    for (const line of own.flatMap((event) => textsOf(event, { style }))) {
      for (const pattern of [OSSEC_CONNECT, OSSEC_BLOCKED, FAIL2BAN_2, BLOCKED_NOW, / Blocked$/]) {
        assert.doesNotMatch(line, pattern);
      }
    }
  }
});
