import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyToJson } from '../../../src/config/describe.ts';
import { defaultPolicy, parsePolicy } from '../../../src/config/load.ts';

const DEFAULT_BLOCK = {
  action: { tcp: 'block', udp: 'block' },
  block_for_seconds: 600,
  only: null,
  protocol: null,
  research: 'count',
  tools: null,
  again: 'window',
  instant: false,
  carried_out_by: 'kernel',
  why_not_by_the_kernel: null,
  distinct_hosts: 1,
  distinct_targets: 1,
  distinct_sources: 1,
  per: 'source',
  probes: 1,
};

test('the default policy', () => {
  const { rules, research, ...rest } = policyToJson(defaultPolicy());
  const names = research.scanners.map(({ name }) => name);
  assert.deepEqual([research.known, research.resolve, names.at(1)], [true, false, 'Censys']);
  assert.deepEqual(rest, {
    origin: 'built-in default',
    mode: 'observe',
    interface: ['auto'],
    attach: 'auto',
    monitor: {
      tcp: '1-65535',
      udp: '1-65535',
      sctp: '1-65535',
      protocols:
        '0,3,5,7-16,18-32,34-40,42-45,48-49,52-57,60-87,90-93,95-96,99-102,104-107,109-111,113-114,116-123,125-134,138,141-142,144-255',
      ping: true,
      served: 'stealth',
      late_answers: 'spare',
    },
    listen: { tcp: '', udp: '', banner: null },
    probes: 'pass',
    ignore: [],
    ignore_files: [],
    lists: [],
    list_cache: '/var/lib/xdpsentry/lists',
    guard: { established: true, decoys: true },
    ipv6_source_prefix_bits: 64,
    campaign: { ports: 30, rare_ports: 10, learn_hours: 6 },
    escalation: {
      factor: 4,
      cap_seconds: 604_800,
      unproven_cap_seconds: 600,
      forget_after_seconds: 2_592_000,
    },
    responses: { hosts_deny: null, route: null, command: null, concurrency: 4, timeout_seconds: 600 },
    capabilities: 'auto',
    portsentry: null,
    memory: { path: '/var/lib/xdpsentry/memory.db', keep_seconds: 7_776_000, max_entries: 1_000_000 },
    tables: { blocks: 1_048_576, sources: 65_536 },
    metrics: { enabled: true, host: '127.0.0.1', port: 9731 },
    socket: '/run/xdpsentry/control.sock',
    log: { format: 'human', level: 'info', to: ['stdout'] },
  });
  const any = [
    'syn',
    'fin',
    'null',
    'xmas',
    'maimon',
    'ack',
    'odd',
    'odd_reply',
    'udp',
    'fragment',
    'sctp',
    'protocol',
    'connect',
  ];
  const stealth = ['null', 'fin', 'xmas', 'odd', 'odd_reply'];
  assert.deepEqual(rules, [
    { ...DEFAULT_BLOCK, name: 'scan', kinds: any, distinct_ports: 4, window_seconds: 60 },
    { ...DEFAULT_BLOCK, name: 'stealth', kinds: stealth, distinct_ports: 2, window_seconds: 600 },
    { ...DEFAULT_BLOCK, name: 'slow-scan', kinds: any, distinct_ports: 6, window_seconds: 21_600 },
    { ...DEFAULT_BLOCK, name: 'patient-scan', kinds: any, distinct_ports: 7, window_seconds: 172_800 },
    {
      ...DEFAULT_BLOCK,
      name: 'sweep',
      kinds: any,
      distinct_ports: 1,
      distinct_hosts: 8,
      window_seconds: 21_600,
      carried_out_by: 'controller',
      why_not_by_the_kernel: 'it counts addresses of this host',
    },
    {
      ...DEFAULT_BLOCK,
      name: 'ping-sweep',
      kinds: ['ping'],
      distinct_ports: 1,
      distinct_hosts: 8,
      window_seconds: 21_600,
      action: { tcp: 'alert', udp: 'alert' },
      carried_out_by: 'controller',
      why_not_by_the_kernel: 'it does not block',
    },
    {
      ...DEFAULT_BLOCK,
      name: 'tool',
      kinds: any,
      tools: ['masscan', 'zmap', 'nmap', 'mirai', 'unicornscan', 'hping3'],
      distinct_ports: 1,
      distinct_targets: 2,
      window_seconds: 86_400,
      carried_out_by: 'controller',
      why_not_by_the_kernel: 'it counts marks of tools',
    },
    {
      ...DEFAULT_BLOCK,
      name: 'distributed',
      per: 'network',
      kinds: any,
      distinct_ports: 5,
      distinct_sources: 2,
      window_seconds: 21_600,
      action: { tcp: 'alert', udp: 'alert' },
      carried_out_by: 'controller',
      why_not_by_the_kernel: 'it does not block',
    },
  ]);
});

for (const [says, text] of [
  ['an empty file', ''],
  ['comments', '# nothing\n\n# at all\n'],
  ['an empty document', '---\n'],
  ['null', '~\n'],
  ['an empty map', '{}\n'],
  ['empty sections', 'monitor: {tcp: {}, udp: {}}\ntables: {}\nmetrics: {}\nlog: {}\n'],
] as const) {
  test(`${says} makes the default policy, named after its file`, () => {
    const policy = policyToJson(parsePolicy(text, '/etc/xdpsentry.yaml'));
    assert.deepEqual(policy, { ...policyToJson(defaultPolicy()), origin: '/etc/xdpsentry.yaml' });
  });
}

test('policies share nothing that can be changed', () => {
  const first = defaultPolicy();
  first.monitor.tcp.delete(40_000);
  (first.ignore as unknown[]).push('x');
  (first.rules as unknown[]).pop();
  const second = defaultPolicy();
  assert.deepEqual([second.monitor.tcp.has(40_000), second.ignore.length, second.rules.length], [true, 0, 8]);
});
