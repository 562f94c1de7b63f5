import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ResponseName, ResponseResult, SentryEvent } from '../../../../src/report/event.ts';
import { portsentryLines } from '../../../../src/report/portsentry/lines.ts';
import { contextOf } from './context.ts';

type ResponseEvent = Extract<SentryEvent, { event: 'response' }>;

const IP = '198.51.100.66';
const TEXTS = {
  hosts_deny: `ALL: ${IP} : DENY`,
  route: `/sbin/route add -host ${IP} reject`,
  command: `/root/portsentry.sh ${IP}`,
} as const;

const responseOf = (response: ResponseName, facts: Partial<ResponseEvent>): ResponseEvent => ({
  event: 'response',
  response,
  undo: false,
  address: IP,
  text: TEXTS[response],
  result: 'done',
  detail: undefined,
  ...facts,
});

/** In both styles, errors of style 2 with their severity in front. */
function inBoth(event: ResponseEvent): { in12: string[]; in2: string[] } {
  const in12 = portsentryLines(event, contextOf({ style: '1.2' })).map(({ text }) => text);
  const in2 = portsentryLines(event, contextOf({ style: '2' })).map(({ severity, text }) =>
    severity === 'error' ? `error: ${text}` : text,
  );
  return { in12, in2 };
}

describe('a response that was given, in the words of both', () => {
  for (const [response, line] of [
    ['hosts_deny', `attackalert: Host ${IP} has been blocked via wrappers with string: "ALL: ${IP} : DENY"`],
    [
      'route',
      `attackalert: Host ${IP} has been blocked via dropped route using command: "/sbin/route add -host ${IP} reject"`,
    ],
    [
      'command',
      `attackalert: External command run for host: ${IP} using command: "/root/portsentry.sh ${IP}"`,
    ],
  ] as const) {
    test(response, () => assert.deepEqual(inBoth(responseOf(response, {})), { in12: [line], in2: [line] }));
  }
});

describe('a response that was not', () => {
  const hostsDeny = 'cannot open hosts.deny file: /etc/hosts.deny for blocking.';
  for (const [response, result, in12, in2] of [
    [
      'hosts_deny',
      'skipped',
      [`attackalert: Host ${IP} already in hosts.deny file, skipping.`],
      [`Host ${IP} already in hosts.deny file, skipping.`],
    ],
    [
      'hosts_deny',
      'failed',
      [`adminalert: ${hostsDeny}`, `securityalert: ERROR: There was an error trying to block host ${IP}`],
      [hostsDeny, `error: There was an error trying to block host ${IP}`],
    ],
    [
      'route',
      'failed',
      [`adminalert: ERROR: There was an error trying to block host (system fail) ${IP}`],
      [`error: There was an error trying to block host (system fail) ${IP}`],
    ],
    [
      'command',
      'failed',
      [`adminalert: ERROR: There was an error trying to run command (system fail) ${IP}`],
      [`error: There was an error trying to run command (system fail) ${IP}`],
    ],
    [
      'command',
      'timed_out',
      [
        `adminalert: ERROR: For host ${IP} the external command took too long and was ended: "${TEXTS.command}"`,
      ],
      [`error: For host ${IP} the external command took too long and was ended: "${TEXTS.command}"`],
    ],
    [
      'route',
      'not_run',
      [`adminalert: ERROR: For host ${IP} the route command never had its turn: "${TEXTS.route}"`],
      [`error: For host ${IP} the route command never had its turn: "${TEXTS.route}"`],
    ],
  ] as const) {
    test(`${response} ${result}`, () =>
      assert.deepEqual(inBoth(responseOf(response, { result })), { in12, in2 }));
  }
});

test('what more there is to know has a line of its own', () => {
  const { in12, in2 } = inBoth(responseOf('route', { detail: 'exit status 127' }));
  const line = `About the route command for host ${IP}: exit status 127`;
  assert.deepEqual([in12[1], in2[1]], [`adminalert: ${line}`, line]);
  assert.equal(
    inBoth(responseOf('hosts_deny', { undo: true, result: 'failed', detail: 'EACCES' })).in2[1],
    `About undoing the line in hosts.deny for host ${IP}: EACCES`,
  );
});

describe('a response that is taken back', () => {
  const results: Record<ResponseResult, string> = {
    done: 'adminalert: For host IP the line in hosts.deny was undone: "TEXT"',
    skipped: 'adminalert: For host IP the line in hosts.deny was undone already: "TEXT"',
    failed: 'adminalert: ERROR: For host IP the line in hosts.deny could not be undone: "TEXT"',
    timed_out:
      'adminalert: ERROR: For host IP the line in hosts.deny took too long to undo and was ended: "TEXT"',
    not_run: 'adminalert: ERROR: For host IP the line in hosts.deny was not undone: "TEXT"',
  };
  for (const [result, line] of Object.entries(results)) {
    const event = responseOf('hosts_deny', { undo: true, result: result as ResponseResult });
    test(result, () =>
      assert.deepEqual(inBoth(event).in12, [line.replaceAll('IP', IP).replaceAll('TEXT', TEXTS.hosts_deny)]),
    );
  }
});
