import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePolicy, policyToJson } from '../../../src/config/describe.ts';
import { defaultPolicy, parsePolicy } from '../../../src/config/load.ts';

const described = (text: string): string[] => describePolicy(parsePolicy(text, 'x.yaml'));
const line = (text: string, start: string): string | undefined =>
  described(text).find((each) => each.startsWith(start));

test('the default policy in plain words', () => {
  const any = 'any kind';
  assert.deepEqual(describePolicy(defaultPolicy()), [
    'Policy: built-in default',
    'Mode: observe. Scans are detected and reported; nothing is blocked.',
    'Interface: the one of the default route; XDP in the driver if it can, else in the network stack.',
    'Monitored while no local socket serves them: TCP 1-1024; UDP 1-1024.',
    'Probes are passed on to the network stack.',
    'Never counted, never blocked: nothing but what is guarded anyway.',
    'One IPv6 source is a /64.',
    `Rule scan: 4 distinct ports (${any}) within 1m: alert (enforce: block for 10m).`,
    'Rule stealth: 2 probes (null, fin, xmas, odd, fragment) within 10m: alert (enforce: block for 10m).',
    `Rule slow-scan: 6 distinct ports (${any}) within 6h: alert (enforce: block for 10m).`,
    'Room for 1048576 blocks and 65536 sources.',
    'Metrics: http://127.0.0.1:9731/metrics',
    'Control socket: /run/xdpsentry/control.sock',
    'Log: human, info and above.',
  ]);
});

test('enforcing, dropping, without rules, metrics and UDP', () => {
  const text =
    'mode: enforce\ninterface: eth0\nattach: native\nprobes: drop\nmonitor: {udp: off}\nrules: []\nmetrics: {listen: off}';
  const lines = described(text);
  for (const expected of [
    'Mode: enforce. Sources that a rule catches are blocked.',
    'Interface: eth0; XDP in the driver.',
    'Monitored while no local socket serves them: TCP 1-1024; no UDP port.',
    'Probes are dropped; the network stack does not see them.',
    'No rules: probes are counted, and nothing is called a scan.',
    'Metrics: off.',
  ]) {
    assert.ok(lines.includes(expected), `${expected}\nis not in\n${lines.join('\n')}`);
  }
});

test('a long ignore list is cut', () => {
  const text = `ignore: [${Array.from({ length: 7 }, (_, index) => `192.0.2.${index}`).join(', ')}]`;
  assert.equal(
    line(text, 'Never'),
    'Never counted, never blocked: 192.0.2.0, 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4 and 2 more.',
  );
});

/** A rule, and how it reads in enforce mode. */
const rules: readonly [text: string, words: string][] = [
  ['instant: true, block_for: forever', 'the first probe (any kind): alert and block until it is lifted.'],
  ['probes: 3, kinds: udp, window: 1h30m10s', '3 probes (udp) within 5410s: alert and block for 10m.'],
  [
    'probes: 9, distinct_ports: 2, action: alert',
    '9 probes and 2 distinct ports (any kind) within 1m: alert.',
  ],
  [
    'probes: 2, only: {tcp: 23}',
    '2 probes (any kind) to TCP 23; no UDP port within 1m: alert and block for 10m.',
  ],
  [
    'instant: true, only: {tcp: 2000}',
    'the first probe (any kind) to TCP 2000; no UDP port: alert and block for 10m. It can never fire: none of its ports is monitored.',
  ],
];
for (const [text, words] of rules) {
  test(`rule with ${text}`, () => {
    assert.equal(line(`mode: enforce\nrules: [{name: a, ${text}}]`, 'Rule'), `Rule a: ${words}`);
  });
}

test('an IPv6 address for metrics is written as a URL has it', () => {
  assert.equal(line('metrics: {listen: "[::1]:80"}', 'Metrics'), 'Metrics: http://[::1]:80/metrics');
});

test('the policy for programs survives JSON', () => {
  const text = `
ignore: [192.0.2.0/24, 2001:db8::1]
rules: [{name: a, instant: true, only: {udp: 53}, block_for: forever}, {name: b, probes: 2, window: 500ms}]`;
  const json = policyToJson(parsePolicy(text, 'x.yaml'));
  assert.deepEqual(JSON.parse(JSON.stringify(json)), json);
  assert.deepEqual(json.ignore, ['192.0.2.0/24', '2001:db8::1']);
  assert.deepEqual(
    json.rules.map(({ only, instant, block_for_seconds, window_seconds }) => [
      only,
      instant,
      block_for_seconds,
      window_seconds,
    ]),
    [
      [{ tcp: '', udp: '53' }, true, null, 60],
      [null, false, 600, 0.5],
    ],
  );
});
