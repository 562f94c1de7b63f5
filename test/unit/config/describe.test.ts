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
    'Interfaces: the one of the default route; XDP in the driver if it can, else in the network stack.',
    'Monitored while no local socket serves them: TCP 1-65535; UDP 1-65535; SCTP 1-65535; 227 other IP protocols; pings.',
    'Probes are passed on to the network stack.',
    'Never counted, never blocked: nothing but what is guarded anyway.',
    'One IPv6 source is a /64.',
    'Research scanners get a label, by their networks: Alpha Strike Labs, Censys, Driftnet, Internet Measurement Research, Rapid7, Shadowserver, Shodan; as published on 2026-10-14.',
    `Rule scan: 4 distinct ports (${any}) within 1m: alert (enforce: block for 10m, in the kernel).`,
    'Rule stealth: 2 distinct ports (null, fin, xmas, odd, odd_reply) within 10m: alert (enforce: block for 10m, in the kernel).',
    `Rule slow-scan: 6 distinct ports (${any}) within 6h: alert (enforce: block for 10m, in the kernel).`,
    `Rule patient-scan: 7 distinct ports (${any}) within 2d: alert (enforce: block for 10m, in the kernel).`,
    `Rule sweep: 8 addresses of this host (${any}) within 6h: alert (enforce: block for 10m, by the controller (it counts addresses of this host)).`,
    'Rule ping-sweep: 8 addresses of this host (ping) within 6h: alert, by the controller (it does not block).',
    `Rule tool: 2 distinct targets (${any}) with the mark of a tool within 1d: alert (enforce: block for 10m, by the controller (it counts marks of tools)).`,
    `Rule distributed: 5 distinct ports and 2 sources of one network (${any}) within 6h: alert, by the controller (it does not block).`,
    'Whose probes come in the names of others, too (decoys), is told of with all of them, and not answered for what may be forged.',
    'A campaign is 30 ports in an hour above what is usual, or 10 that nobody else tries, by sources that no rule has caught; learned for 6h first: alert.',
    'Who comes back is blocked 4 times as long as the last time, up to 7d, or 10m as long as its address may be forged; 30d after its last block that is forgotten.',
    'Capabilities: none is kept that the sentry does not need itself.',
    'Memory: /var/lib/xdpsentry/memory.db; history of 90d, at most 1000000 entries.',
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
    'Interfaces: eth0; XDP in the driver.',
    'Monitored while no local socket serves them: TCP 1-65535; no UDP port; SCTP 1-65535; 227 other IP protocols; pings.',
    'Probes are dropped; the network stack does not see them.',
    'No rules: probes are counted, and nothing is called a scan.',
    'Metrics: off.',
  ]) {
    assert.ok(lines.includes(expected), `${expected}\nis not in\n${lines.join('\n')}`);
  }
});

test('capabilities: what is kept, and for whom', () => {
  const words = (text: string) => line(text, 'Capabilities: ');
  const commands = 'responses: {command: {run: tell-us}}\n';
  assert.match(words(commands)!, /all are kept, for who wrote the commands knows what they need/);
  assert.match(words('responses: {hosts_deny: {entry: "ALL: $TARGET$"}}')!, /none is kept/);
  const own = 'Capabilities: those are kept that the sentry needs itself';
  assert.equal(words(`${commands}capabilities: []`), `${own}.`);
  assert.equal(words(`${commands}capabilities: [net_raw, CAP_KILL]`), `${own}, and CAP_NET_RAW, CAP_KILL.`);
  assert.equal(words('capabilities: all'), 'Capabilities: all are kept.');
  const { capabilities } = policyToJson(parsePolicy('capabilities: [net_raw]', ''));
  assert.deepEqual(capabilities, ['CAP_NET_RAW']);
});

test('lists: where they are and what they do, and nothing secret of a URL', () => {
  const lists =
    'lists: [{name: a, file: /a}, {name: b, url: "https://me:secret@example.org/b?key=secret", refresh: 90s, format: netset, max_size: 1}]';
  const enforced = described(`mode: enforce\n${lists}`).filter((each) => each.startsWith('List'));
  assert.deepEqual(enforced, [
    'List a: the file /a, up to 64 MiB: who is on it is dropped.',
    'List b: https://example.org/b?…, asked again each 1m30s, format netset, up to 1 MiB: who is on it is dropped.',
    'Lists from the network: copies in /var/lib/xdpsentry/lists.',
  ]);
  const observed = described(`list_cache: off\n${lists}`).filter((each) => each.startsWith('List'));
  assert.match(observed[0]!, /: read and told of \(enforce: who is on it is dropped\)\.$/);
  assert.equal(observed[2], 'Lists from the network: no copy is kept.');
  assert.doesNotMatch(JSON.stringify(policyToJson(parsePolicy(lists, ''))), /secret/);
});

test('a long ignore list is cut', () => {
  const text = `ignore: [${Array.from({ length: 7 }, (_, index) => `192.0.2.${index}`).join(', ')}]`;
  assert.equal(
    line(text, 'Never'),
    'Never counted, never blocked: 192.0.2.0, 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4 and 2 more.',
  );
});

test('what is otherwise than by default has a line of its own', () => {
  const text = `
mode: enforce
monitor: {tcp: {except: 1-1024}, served: nothing, late_answers: count}
listen: {tcp: 23, banner: Hello}
ignore: [192.0.2.1]
ignore_files: [/etc/a, /etc/b]
rules: [{name: a, instant: true}]
responses:
  hosts_deny: {entry: "ALL: $TARGET$"}
  route: {run: cut $TARGET$, undo: heal}
  command: {run: tell, first: true}
portsentry: {tcp_mode: atcp, udp_mode: audp, history: /h, resolve_host: true}
log: {format: portsentry, to: [syslog, /l]}`;
  const lines = described(text);
  for (const expected of [
    'At ports that a local socket serves, nothing counts.',
    "What could be a late answer to this host's own connections counts, too.",
    'Listens itself at TCP 23; no UDP port, says "Hello", and closes.',
    'Never counted, never blocked: 192.0.2.1, what is in /etc/a and what is in /etc/b.',
    'Answer: command "tell", then line "ALL: $TARGET$" in /etc/hosts.deny, then route "cut $TARGET$".',
    'Taken back when a block ends: the line, route by "heal".',
    'Commands: 4 at one time, ended after 10m.',
    'PortSentry 1.2, modes atcp and audp: history in /h, no file of blocked sources, names of sources are looked up.',
    'Log: portsentry, info and above, to syslog, /l.',
  ]) {
    assert.ok(lines.includes(expected), `${expected}\nis not in\n${lines.join('\n')}`);
  }
});

test('responses that no rule asks for', () => {
  const text = 'mode: enforce\nrules: [{name: a, probes: 2, action: record}]\nresponses: {command: {run: x}}';
  assert.equal(line(text, 'No rule asks'), 'No rule asks for the responses: command "x".');
  assert.equal(line(text, 'Mode'), 'Mode: enforce, but no rule blocks anybody.');
});

/** A rule, and how it reads in enforce mode. */
const rules: readonly [text: string, words: string][] = [
  [
    'instant: true, block_for: forever',
    'the first probe (any kind): alert and block until it is lifted, in the kernel.',
  ],
  [
    'probes: 3, kinds: udp, window: 1h30m10s',
    '3 probes (udp) within 5410s: alert and block for 10m, in the kernel.',
  ],
  [
    'probes: 9, distinct_ports: 2, action: alert',
    '9 probes and 2 distinct ports (any kind) within 1m: alert, by the controller (it does not block).',
  ],
  [
    'probes: 2, only: {tcp: 23}',
    '2 probes (any kind) to TCP 23; no UDP port within 1m: alert and block for 10m, by the controller (it counts some ports only).',
  ],
  [
    'instant: true, again: probe, protocol: tcp',
    'each probe (any kind) of TCP: alert and block for 10m, in the kernel.',
  ],
  [
    'probes: 5, window: forever, again: probe, action: record',
    '5 probes (any kind) at any time, and each one more: alert and record it for 10m, by the controller (it does not block).',
  ],
  [
    'probes: 2, action: {tcp: block, udp: alert}',
    '2 probes (any kind) within 1m: alert (TCP: block for 10m; UDP: no more), by the controller (it blocks by one protocol only).',
  ],
  [
    'probes: 2, action: command, block_for: forever',
    '2 probes (any kind) within 1m: alert and run the command, but there is none, by the controller (it does not block).',
  ],
  [
    'probes: 2, kinds: connect',
    '2 probes (connect) within 1m: alert and block for 10m, by the controller (it counts connections to `listen`). It can never fire: none of its ports is monitored.',
  ],
  [
    'probes: 2, kinds: udp, protocol: tcp',
    '2 probes (udp) of TCP within 1m: alert and block for 10m, by the controller (no packet counts for it). It can never fire: none of its ports is monitored.',
  ],
  [
    'instant: true, only: {tcp: 0}',
    'the first probe (any kind) to TCP 0; no UDP port: alert and block for 10m, by the controller (it counts some ports only). It can never fire: none of its ports is monitored.',
  ],
];
for (const [text, words] of rules) {
  test(`rule with ${text}`, () => {
    assert.equal(line(`mode: enforce\nrules: [{name: a, ${text}}]`, 'Rule'), `Rule a: ${words}`);
  });
}

test('a rule of the kernel that counts connections, too, says who counts those', () => {
  const text =
    'mode: enforce\nlisten: {tcp: 2323}\nrules: [{name: a, probes: 2}, {name: b, probes: 2, kinds: syn}]';
  assert.equal(
    line(text, 'Rule a'),
    'Rule a: 2 probes (any kind) within 1m: alert and block for 10m, in the kernel (connections by the controller).',
  );
  assert.match(line(text, 'Rule b')!, /block for 10m, in the kernel\.$/);
});

test('an IPv6 address for metrics is written as a URL has it', () => {
  assert.equal(line('metrics: {listen: "[::1]:80"}', 'Metrics'), 'Metrics: http://[::1]:80/metrics');
});

test('the policy for programs survives JSON', () => {
  const text = `
ignore: [192.0.2.0/24, 2001:db8::1]
rules: [{name: a, instant: true, only: {udp: 53}, block_for: forever}, {name: b, probes: 2, window: 500ms}]`;
  const json = policyToJson(parsePolicy(text, 'x.yaml'));
  assert.deepEqual(JSON.parse(JSON.stringify(json)), json);
  assert.deepEqual(
    json.rules.map((rule) => [rule.carried_out_by, rule.why_not_by_the_kernel]),
    [
      ['controller', 'it counts some ports only'],
      ['kernel', null],
    ],
  );
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
