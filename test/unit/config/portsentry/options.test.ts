/** Each option: what the policy makes of it, and what is said about values that are odd. Ports have a test of their own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Policy } from '../../../../src/config/policy.ts';
import { FILES, type Read, read, read2, read12 } from './read.ts';

type Case = readonly [
  lines: string,
  ask: (policy: Policy) => unknown,
  answer: unknown,
  warnings?: readonly string[],
  differences?: readonly string[],
];

const PORTS = 'TCP_PORTS="1"\nUDP_PORTS="1"';
const actions = ({ rules }: Policy) =>
  rules.map(({ action, protocol }) => (protocol ? action[protocol] : action));
const probes = ({ rules }: Policy) => rules.map((rule) => rule.probes);
const command = ({ responses }: Policy) => responses.command;
const route = ({ responses }: Policy) => responses.route;
const history = ({ portsentry }: Policy) => portsentry?.history;
const resolves = ({ portsentry }: Policy) => portsentry?.resolveHost;
const lasts = ({ rules }: Policy) => rules[0]?.blockMs;

/** What both versions make the same of. The line under test is line 3. */
const inBoth: readonly Case[] = [
  [
    'KILL_ROUTE="/sbin/route add -host $TARGET$ reject"',
    route,
    { run: '/sbin/route add -host $TARGET$ reject', undo: undefined },
  ],
  [
    'KILL_ROUTE="/sbin/route add -host 192.0.2.1 reject"',
    route,
    undefined,
    ['3: KILL_ROUTE is left out: it does not say where the address goes; write $TARGET$ there'],
  ],
  ['KILL_ROUTE="r $TARGET$"\nKILL_ROUTE_UNDO="u $TARGET$"', route, { run: 'r $TARGET$', undo: 'u $TARGET$' }],
  ['KILL_ROUTE_UNDO="u"', route, undefined, ['3: KILL_ROUTE_UNDO has no KILL_ROUTE to undo; it is left out']],
  [
    'KILL_HOSTS_DENY="ALL: $TARGET$ : spawn (echo \\%h) : DENY"',
    ({ responses }) => responses.hostsDeny,
    { entry: 'ALL: $TARGET$ : spawn (echo \\%h) : DENY', file: '/etc/hosts.deny' },
  ],
  [
    'KILL_HOSTS_DENY="ALL: ALL"',
    ({ responses }) => responses.hostsDeny,
    undefined,
    ['3: KILL_HOSTS_DENY is left out: it does not say where the address goes; write $TARGET$ there'],
  ],
  [
    'KILL_RUN_CMD="x $TARGET$ $PORT$ $MODE$"',
    command,
    { run: 'x $TARGET$ $PORT$ $MODE$', undo: undefined, first: false },
  ],
  ['KILL_RUN_CMD="x"\nKILL_RUN_CMD_FIRST = "1"', command, { run: 'x', undo: undefined, first: true }],
  [
    'KILL_RUN_CMD="x"\nKILL_RUN_CMD_FIRST="0"\nKILL_RUN_CMD_UNDO="y"',
    command,
    { run: 'x', undo: 'y', first: false },
  ],
  ['KILL_RUN_CMD_FIRST="yes"', command, undefined],
  [
    'KILL_RUN_CMD="x"\nKILL_RUN_CMD_FIRST="yes"',
    command,
    { run: 'x', undo: undefined, first: false },
    ['4: KILL_RUN_CMD_FIRST: "yes" is no number; it counts as 0'],
  ],
  ['KILL_RUN_CMD="  "', command, undefined, ['3: KILL_RUN_CMD is left out: it is blank']],
  ['#', lasts, undefined],
  ['BLOCK_TIME="1h30m"', lasts, 5_400_000],
  ['BLOCK_TIME="forever"', lasts, undefined],
  [
    'BLOCK_TIME="10"',
    lasts,
    undefined,
    ['3: BLOCK_TIME: "10" is no duration like 30s, 10m or 1h30m; blocks last for ever'],
  ],
  ['#', (policy) => policy.interfaces.join(), 'auto'],
  ['INTERFACE="eth0"', (policy) => policy.interfaces.join(), 'eth0'],
  ['INTERFACE="eth0, wg0"', (policy) => policy.interfaces.join(), 'eth0,wg0'],
  ['INTERFACE="ALL !docker*"', (policy) => policy.interfaces.join(), '*,!docker*'],
  [
    'INTERFACE="a/b"',
    (policy) => policy.interfaces.join(),
    'auto',
    ['3: INTERFACE: "a/b" is no name of an interface; that of the default route is watched'],
  ],
  [
    'INTERFACE="a-name-of-16-let"',
    (policy) => policy.interfaces.join(),
    'auto',
    [
      '3: INTERFACE: "a-name-of-16-let" cannot be: the name has 16 bytes, and Linux allows 15; that of the default route is watched',
    ],
  ],
  ['#', resolves, false],
  ['RESOLVE_HOST = "0"', resolves, false],
  ['#', probes, [1]],
  ['SCAN_TRIGGER="0"', probes, [1]],
  ['SCAN_TRIGGER="1"', probes, [1]],
  ['SCAN_TRIGGER="3"', probes, [3]],
  ['SCAN_TRIGGER="-4"', probes, [1], ['3: SCAN_TRIGGER: "-4" is no number; it counts as -4']],
  ['SCAN_TRIGGER="x"', probes, [1], ['3: SCAN_TRIGGER: "x" is no number; it counts as 0']],
];

const only12: readonly Case[] = [
  ['#', actions, ['record', 'record']],
  ['BLOCK_TCP="0"\nBLOCK_UDP="1"', actions, ['record', 'block']],
  ['BLOCK_TCP="1"', actions, ['block', 'record']],
  ['BLOCK_TCP="2"\nKILL_RUN_CMD="x"', actions, ['command', 'record']],
  [
    'BLOCK_TCP="2"',
    actions,
    ['command', 'record'],
    ['3: BLOCK_TCP wants the external command alone, and KILL_RUN_CMD is not set; nothing runs'],
  ],
  [
    'BLOCK_TCP="3"',
    actions,
    ['record', 'record'],
    ['3: BLOCK_TCP is 3, and only 0, 1 and 2 mean something; it counts as 0: log only'],
  ],
  ['BLOCK_TCP="yes"', actions, ['record', 'record'], ['3: BLOCK_TCP: "yes" is no number; it counts as 0']],
  ['BLOCK_TCP="1x"', actions, ['block', 'record'], ['3: BLOCK_TCP: "1x" is no number; it counts as 1']],
  ['RESOLVE_HOST="1"', resolves, true],
  ['RESOLVE_HOST="7"', resolves, true],
  [
    'SCAN_TRIGGER="60"',
    probes,
    [60, 60],
    [],
    ['3: 60 probes trigger; PortSentry 1.2 remembers 50 and reacts at once'],
  ],
  [
    'SCAN_TRIGGER="99999999999"',
    probes,
    [1_000_000, 1_000_000],
    ['3: SCAN_TRIGGER is more than 1000000; that is taken for it'],
    ['3: 1000000 probes trigger; PortSentry 1.2 remembers 50 and reacts at once'],
  ],
  [
    '#',
    ({ ignoreFiles }) => ignoreFiles,
    ['/etc/portsentry/portsentry.ignore', '/etc/portsentry/portsentry.ignore.static'],
  ],
  ['#', history, '/var/lib/portsentry/portsentry.history'],
  ['#', ({ portsentry }) => portsentry?.blocked, '/var/lib/portsentry/portsentry.blocked'],
  ['#', ({ log }) => log, { format: 'portsentry', level: 'info', to: ['syslog'] }],
  ['#', ({ portsentry }) => portsentry?.modes, { tcp: 'stcp', udp: 'sudp' }],
];

const only2: readonly Case[] = [
  ['#', actions, [{ tcp: 'alert', udp: 'alert' }]],
  ['BLOCK_TCP="1"\nKILL_ROUTE="r $TARGET$"', actions, [{ tcp: 'block', udp: 'alert' }]],
  [
    'BLOCK_UDP="1"\nKILL_RUN_CMD="x"',
    actions,
    [{ tcp: 'alert', udp: 'block' }],
    [],
    ['3: BLOCK_UDP blocks in the data plane alone; PortSentry 2 needs KILL_ROUTE or KILL_HOSTS_DENY'],
  ],
  ['BLOCK_UDP="2"\nKILL_RUN_CMD="x"', actions, [{ tcp: 'alert', udp: 'command' }]],
  [
    'RESOLVE_HOST="1"',
    resolves,
    true,
    [],
    ['3: names of sources are looked up; PortSentry 2 has the option and never does it'],
  ],
  [
    'SCAN_TRIGGER="70000"',
    probes,
    [70_000],
    [],
    ['3: 70000 probes trigger; PortSentry 2 has 16 bits for the number and takes 4464'],
  ],
  ['#', ({ ignoreFiles }) => ignoreFiles, []],
  ['IGNORE_FILE="/etc/ignored"', ({ ignoreFiles }) => ignoreFiles, ['/etc/ignored']],
  ['#', history, undefined],
  ['HISTORY_FILE="/var/log/portsentry.log"', history, '/var/log/portsentry.log'],
  [
    'HISTORY_FILE="log/history"',
    history,
    '/log/history',
    ['3: HISTORY_FILE: "log/history" does not begin with /; /log/history is taken for it'],
  ],
  [
    'HISTORY_FILE="/var/log/"',
    history,
    undefined,
    ['3: HISTORY_FILE: "/var/log/" is no path of a file; no history is written'],
  ],
  ['#', ({ log }) => log.to, ['stdout']],
  ['#', ({ portsentry }) => portsentry?.modes, { tcp: 'stealth', udp: 'stealth' }],
];

for (const [name, readAll, cases] of [
  ['options of PortSentry 1.2', read12, [...inBoth.map(twice), ...only12]],
  ['options of PortSentry 2', read2, [...inBoth, ...only2]],
] as readonly (readonly [string, (lines: string) => Read, readonly Case[]])[]) {
  describe(name, () => {
    for (const [lines, ask, answer, warnings = [], differences = []] of cases) {
      test(`${lines} gives ${JSON.stringify(answer)}`, () => {
        const result = readAll(`${PORTS}\n${lines}`);
        assert.deepEqual(ask(result.policy), answer);
        assert.deepEqual([result.warnings, result.differences], [warnings, differences]);
      });
    }
  });
}

/** Version 1.2 has two rules where 2 has one. */
function twice([lines, ask, answer, ...notes]: Case): Case {
  return [lines, ask, ask === probes ? [...(answer as number[]), ...(answer as number[])] : answer, ...notes];
}

describe('the banner', () => {
  const banner = (text: string, tcp: 'tcp' | 'stcp') => {
    const { policy, warnings } = read12(`TCP_PORTS="1"\nPORT_BANNER="${text}"`, { tcp });
    return [policy.listen.banner, warnings];
  };
  test('is said where the sentry listens', () =>
    assert.deepEqual(banner('** Go away **', 'tcp'), ['** Go away **', []]));
  test('and nowhere else', () => assert.deepEqual(banner('** Go away **', 'stcp'), [undefined, []]));
  test('is cut between two letters', () => {
    const [text, warnings] = banner(`${'x'.repeat(1023)}é`, 'tcp');
    assert.equal(text, 'x'.repeat(1023));
    assert.deepEqual(warnings, ['2: PORT_BANNER has more than 1024 bytes; the rest is left out']);
  });
});

describe('the rules', () => {
  const summary = ({ policy }: Read) =>
    policy.rules.map(({ name, kinds, protocol, ports, windowNs, again }) => [
      name,
      [...kinds].join(' '),
      protocol,
      ports,
      windowNs,
      again,
    ]);
  const always = [1, Number.POSITIVE_INFINITY, 'probe'];
  const tcpKinds = 'syn fin null xmas odd';
  for (const [says, result, rules] of [
    [
      'of 1.2: one for each protocol',
      read12(PORTS),
      [
        ['portsentry-tcp', `${tcpKinds} fragment`, 'tcp', ...always],
        ['portsentry-udp', 'udp fragment', 'udp', ...always],
      ],
    ],
    [
      'of 1.2 that listens',
      read12(PORTS, { tcp: 'tcp', udp: 'udp' }),
      [
        ['portsentry-tcp', 'connect', 'tcp', ...always],
        ['portsentry-udp', 'connect', 'udp', ...always],
      ],
    ],
    [
      'of 1.2 with one protocol',
      read12(PORTS, { udp: 'sudp' }),
      [['portsentry-udp', 'udp fragment', 'udp', ...always]],
    ],
    ['of 2: one for both', read2(PORTS), [['portsentry', `${tcpKinds} udp fragment`, undefined, ...always]]],
    [
      'of 2 that listens',
      read2(PORTS, { tcp: 'connect', udp: 'connect' }),
      [['portsentry', 'connect', undefined, ...always]],
    ],
  ] as const) {
    test(says, () => assert.deepEqual(summary(result), rules));
  }
});

test('what holds for every portsentry.conf', () => {
  const { policy } = read12(PORTS);
  const { mode, served, lateAnswers, probes: fate, sourceBits6, attach } = policy;
  assert.deepEqual(
    { mode, served, lateAnswers, fate, sourceBits6, attach },
    {
      mode: 'enforce',
      served: 'nothing',
      lateAnswers: 'count',
      fate: 'pass',
      sourceBits6: 64,
      attach: 'auto',
    },
  );
});

test('1.2 does not start without its files; here it does, and says so', () => {
  const { policy, differences } = read(PORTS, { style: '1.2', modes: { tcp: 'stcp', udp: 'sudp' } });
  assert.deepEqual(policy.ignoreFiles, []);
  assert.deepEqual(differences, [
    '0: IGNORE_FILE is not set, and nobody is ignored but who is guarded anyway; PortSentry 1.2 does not start without it',
    '0: HISTORY_FILE is not set, and no history is written; PortSentry 1.2 does not start without it',
    '0: BLOCKED_FILE is not set, and no file of blocked sources is written; PortSentry 1.2 does not start without it',
  ]);
});

test('an empty file option in 1.2 is one that is not set', () => {
  const { policy, differences } = read(`${PORTS}\n${FILES.replace(/HISTORY_FILE=.*/, 'HISTORY_FILE=""')}`, {
    style: '1.2',
    modes: { tcp: 'stcp', udp: 'sudp' },
  });
  assert.equal(policy.portsentry?.history, undefined);
  assert.deepEqual(differences, [
    '4: HISTORY_FILE is not set, and no history is written; PortSentry 1.2 does not start without it',
  ]);
});
