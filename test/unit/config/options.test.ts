import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from '../../../src/config/load.ts';
import type { Policy, PolicyRule } from '../../../src/config/policy.ts';
import { probeKinds } from '../../../src/detect/probe.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';

const parse = (text: string): Policy => parsePolicy(text, 'x.yaml');
const ruleOf = (text: string): PolicyRule => parse(`rules: [{name: a, ${text}}]`).rules[0]!;

/** A file, what is asked of its policy, and the answer. */
type Case = readonly [text: string, ask: (policy: Policy) => unknown, answer: unknown];

const tcp = (policy: Policy): string => policy.monitor.tcp.toString();
const udp = (policy: Policy): string => policy.monitor.udp.toString();

const cases: readonly Case[] = [
  ['mode: enforce', (policy) => policy.mode, 'enforce'],
  ['interface: eth0.100', (policy) => policy.interfaces.join(), 'eth0.100'],
  ['interface: fifteen-letters', (policy) => policy.interfaces.join(), 'fifteen-letters'],
  ['interface: "7"', (policy) => policy.interfaces.join(), '7'],
  ['interface: ["*", "!veth*"]', (policy) => policy.interfaces.join(), '*,!veth*'],
  ['attach: generic', (policy) => policy.attach, 'generic'],
  ['probes: drop', (policy) => policy.probes, 'drop'],
  ['monitor: {tcp: {unused: 22}}', tcp, '22'],
  ['monitor: {tcp: {unused: 22}}', udp, '1-65535'],
  ['monitor: {tcp: {unused: "80, 443,  8000 - 8010"}}', tcp, '80,443,8000-8010'],
  ['monitor: {tcp: {unused: [22, 80-90, "443,85-95"]}}', tcp, '22,80-95,443'],
  ['monitor: {tcp: {unused: []}}', tcp, ''],
  ['monitor: {tcp: {unused: ""}}', tcp, ''],
  ['monitor: {tcp: {except: [1, 100-1024, 5000]}}', tcp, '2-99,1025-4999,5001-65535'],
  ['monitor: {udp: {unused: 1-65535, except: 53}}', udp, '1-52,54-65535'],
  ['monitor: {udp: off}', udp, ''],
  ['monitor: {udp: "off"}', tcp, '1-65535'],
  ['monitor: {udp: {unused: 0-65535}}', (policy) => policy.monitor.udp.size, 65_536],
  [
    'ignore: [192.0.2.77/24, "2001:db8::1", ::/0]',
    (policy) => policy.ignore.map(formatPrefix),
    ['192.0.2.0/24', '2001:db8::1', '::/0'],
  ],
  ['ipv6_source_prefix: 48', (policy) => policy.sourceBits6, 48],
  ['ipv6_source_prefix: 128', (policy) => policy.sourceBits6, 128],
  ['rules: []', (policy) => policy.rules, []],
  ['tables: {blocks: 1}', (policy) => policy.tables, { blocks: 1, sources: 65_536 }],
  ['tables: {sources: 4194304}', (policy) => policy.tables, { blocks: 1_048_576, sources: 4_194_304 }],
  ['metrics: {listen: "[::1]:80"}', (policy) => policy.metrics, { enabled: true, host: '::1', port: 80 }],
  [
    'metrics: {listen: sentry.example.com:9731}',
    (policy) => policy.metrics,
    { enabled: true, host: 'sentry.example.com', port: 9731 },
  ],
  [
    'metrics: {listen: 0.0.0.0:65535}',
    (policy) => policy.metrics,
    { enabled: true, host: '0.0.0.0', port: 65_535 },
  ],
  ['metrics: {listen: off}', (policy) => policy.metrics.enabled, false],
  ['monitor: {served: nothing}', (policy) => policy.served, 'nothing'],
  ['monitor: {late_answers: count}', (policy) => policy.lateAnswers, 'count'],
  [
    'listen: {tcp: "2323,8080-8081", udp: 1161, banner: "Go away.\\n"}',
    ({ listen }) => [`${listen.tcp}`, `${listen.udp}`, listen.banner],
    ['2323,8080-8081', '1161', 'Go away.\n'],
  ],
  ['listen: {tcp: 2323}', (policy) => policy.listen.banner, undefined],
  ['listen: {tcp: 23}\nmonitor: {tcp: {except: 23}}', (policy) => `${policy.listen.tcp}`, '23'],
  ['listen: {tcp: 23}\nmonitor: {tcp: off}', (policy) => `${policy.listen.tcp}`, '23'],
  [
    'lists: [{name: a, file: /a}, {name: b-2, file: /b, format: netset, max_size: 1}]',
    (policy) => policy.lists,
    [
      { name: 'a', source: { kind: 'file', path: '/a' }, format: undefined, maxBytes: 64 << 20 },
      { name: 'b-2', source: { kind: 'file', path: '/b' }, format: 'netset', maxBytes: 1 << 20 },
    ],
  ],
  [
    'lists: [{name: a, url: "https://example.org"}, {name: b, url: "HTTP://Example.org:80/a?b=c", refresh: 1m}]',
    (policy) => policy.lists.map(({ source }) => source),
    [
      { kind: 'url', url: 'https://example.org/', refreshMs: 3_600_000 },
      { kind: 'url', url: 'http://example.org/a?b=c', refreshMs: 60_000 },
    ],
  ],
  [
    'research: { known: false, resolve: true }',
    ({ research: { scanners, resolve } }) => [scanners, resolve],
    [[], true],
  ],
  [
    'research: { known: false, own: [{ name: Our auditors, domains: [Scan.Example.net] }] }',
    ({ research }) => research.scanners,
    [{ name: 'Our auditors', networks: [], domains: ['scan.example.net'] }],
  ],
  ['escalation: off', (policy) => policy.escalation, undefined],
  [
    'escalation: { factor: 2, cap: 1d }',
    (policy) => policy.escalation,
    { factor: 2, capMs: 86_400_000, unprovenCapMs: 600_000, forgetAfterMs: 2_592_000_000 },
  ],
  ['memory: { path: off, keep: 1d }', (policy) => policy.memory, undefined],
  [
    'memory: { path: /srv/m.db, keep: 1d, max_entries: 1000 }',
    (policy) => policy.memory,
    { path: '/srv/m.db', keepMs: 86_400_000, maxEntries: 1000 },
  ],
  ['capabilities: auto', (policy) => policy.capabilities, 'auto'],
  ['capabilities: all', (policy) => policy.capabilities, 'all'],
  ['capabilities: []', (policy) => policy.capabilities, []],
  [
    'capabilities: [net_raw, CAP_KILL, Cap_Net_Admin]',
    (policy) => policy.capabilities,
    ['net_raw', 'kill', 'net_admin'],
  ],
  ['list_cache: off', (policy) => policy.listCache, undefined],
  ['list_cache: /var/cache/x', (policy) => policy.listCache, '/var/cache/x'],
  ['ignore_files: [/etc/a, /etc/b c]', (policy) => policy.ignoreFiles, ['/etc/a', '/etc/b c']],
  [
    'responses: {hosts_deny: {entry: "ALL: $TARGET$"}}',
    (policy) => policy.responses.hostsDeny,
    { entry: 'ALL: $TARGET$', file: '/etc/hosts.deny' },
  ],
  [
    'responses: {route: {run: "a $TARGET$", undo: b}, command: {run: c, first: true}, concurrency: 256, timeout: 24h}',
    (policy) => policy.responses,
    {
      hostsDeny: undefined,
      route: { run: 'a $TARGET$', undo: 'b' },
      command: { run: 'c', undo: undefined, first: true },
      concurrency: 256,
      timeoutMs: 86_400_000,
    },
  ],
  [
    'portsentry: {}',
    (policy) => policy.portsentry,
    {
      style: '1.2',
      modes: { tcp: undefined, udp: undefined },
      history: undefined,
      blocked: undefined,
      resolveHost: false,
    },
  ],
  [
    'log: {format: portsentry}\nportsentry: {style: 2, tcp_mode: stealth, udp_mode: connect, history: /h, blocked: /b, resolve_host: true}',
    (policy) => policy.portsentry,
    {
      style: '2',
      modes: { tcp: 'stealth', udp: 'connect' },
      history: '/h',
      blocked: '/b',
      resolveHost: true,
    },
  ],
  ['portsentry: {style: 1.2}', (policy) => policy.portsentry?.style, '1.2'],
  ['portsentry: {style: "2"}', (policy) => policy.portsentry?.style, '2'],
  ['log: {format: portsentry}\nportsentry: {}', (policy) => policy.log.format, 'portsentry'],
  ['log: {to: [syslog, /var/log/x]}', (policy) => policy.log.to, ['syslog', '/var/log/x']],
  ['socket: /tmp/x', (policy) => policy.socket, '/tmp/x'],
  ['log: {format: json}', (policy) => policy.log, { format: 'json', level: 'info', to: ['stdout'] }],
  ['log: {level: debug}', (policy) => policy.log, { format: 'human', level: 'debug', to: ['stdout'] }],
  ['%YAML 1.1\n---\nmonitor: {tcp: off}', tcp, ''],
  ['monitor:\n  tcp: &same {unused: 7}\n  udp: *same', udp, '7'],
];

describe('options', () => {
  for (const [text, ask, answer] of cases) test(text, () => assert.deepEqual(ask(parse(text)), answer));
});

describe('rules', () => {
  test('what a rule does not say has its default', () => {
    assert.deepEqual(ruleOf('probes: 7'), {
      name: 'a',
      kinds: new Set(probeKinds.filter((kind) => kind !== 'ping')),
      ports: 1,
      hosts: 1,
      targets: 1,
      probes: 7,
      windowNs: 60e9,
      again: 'window',
      action: { tcp: 'block', udp: 'block' },
      blockMs: 600_000,
    });
  });
  test('tools by name, and all of them', () => {
    const tools = (text: string) => [...(ruleOf(`probes: 1, tools: ${text}`).tools ?? [])];
    assert.deepEqual(tools('[zmap, masscan, zmap]'), ['zmap', 'masscan']);
    assert.deepEqual(tools('any'), ['masscan', 'zmap', 'nmap', 'mirai', 'unicornscan', 'hping3']);
  });
  test('instant is one probe', () => {
    const { ports, probes } = ruleOf('instant: true');
    assert.deepEqual([ports, probes], [1, 1]);
  });
  test('kinds by group, by name, and by both', () => {
    const kinds = (text: string) => [...ruleOf(`probes: 1, kinds: ${text}`).kinds];
    assert.deepEqual(kinds('stealth'), ['null', 'fin', 'xmas', 'maimon', 'odd', 'odd_reply', 'fragment']);
    assert.deepEqual(kinds('udp'), ['udp']);
    assert.deepEqual(kinds('[ack, stealth, ack]'), [
      'ack',
      'null',
      'fin',
      'xmas',
      'maimon',
      'odd',
      'odd_reply',
      'fragment',
    ]);
    assert.deepEqual(
      kinds('any'),
      probeKinds.filter((kind) => kind !== 'ping'),
    );
  });
  test('the kind null needs no quotes in a list', () => {
    assert.deepEqual([...ruleOf('probes: 1, kinds: [null, "null", fin]').kinds], ['null', 'fin']);
  });
  test('thresholds, window and block', () => {
    const rule = ruleOf('distinct_ports: 256, probes: 1000000, window: 7d, block_for: 1h30m, action: alert');
    assert.deepEqual(
      [rule.ports, rule.probes, rule.windowNs, rule.blockMs, rule.action],
      [256, 1_000_000, 604_800e9, 5_400_000, { tcp: 'alert', udp: 'alert' }],
    );
  });
  test('a window without end, and again with each probe', () => {
    const { windowNs, again } = ruleOf('probes: 3, window: forever, again: probe');
    assert.deepEqual([windowNs, again], [Number.POSITIVE_INFINITY, 'probe']);
  });
  test('each probe, by itself', () => {
    const { probes, windowNs, again } = ruleOf('instant: true, again: probe');
    assert.deepEqual([probes, windowNs, again], [1, 60e9, 'probe']);
  });
  for (const [text, tcp, udp] of [
    ['record', 'record', 'record'],
    ['command', 'command', 'command'],
    ['{tcp: block, udp: alert}', 'block', 'alert'],
    ['{udp: record}', 'block', 'record'],
    ['{}', 'block', 'block'],
  ] as const) {
    test(`action: ${text}`, () =>
      assert.deepEqual(ruleOf(`probes: 1, action: ${text}`).action, { tcp, udp }));
  }
  test('one protocol: the other does not count, whatever its port', () => {
    const { covers, only, protocol } = ruleOf('probes: 1, protocol: udp');
    assert.deepEqual(
      [covers?.('udp', 53), covers?.('tcp', 53), only, protocol],
      [true, false, undefined, 'udp'],
    );
  });
  test('one protocol, and some of its ports', () => {
    const { covers } = ruleOf('probes: 1, protocol: udp, only: {udp: 53}');
    assert.deepEqual([covers?.('udp', 53), covers?.('udp', 54), covers?.('tcp', 53)], [true, false, false]);
  });
  test('a block can be for ever', () =>
    assert.equal(ruleOf('probes: 1, block_for: forever').blockMs, undefined));
  test('only limits the ports that count; a protocol that it does not name has none', () => {
    const { covers, only } = ruleOf('probes: 1, only: {tcp: "1-100,443"}');
    assert.deepEqual([covers?.('tcp', 100), covers?.('tcp', 101), covers?.('udp', 53)], [true, false, false]);
    assert.deepEqual([only?.tcp.toString(), only?.udp.toString()], ['1-100,443', '']);
  });
  test('without only, nothing limits them', () => assert.equal('covers' in ruleOf('probes: 1'), false));
  test('32 rules, in their order', () => {
    const names = Array.from({ length: 32 }, (_, index) => `r${index}`);
    const policy = parse(`rules:\n${names.map((name) => `  - {name: ${name}, probes: 1}\n`).join('')}`);
    assert.deepEqual(
      policy.rules.map((rule) => rule.name),
      names,
    );
  });
});
