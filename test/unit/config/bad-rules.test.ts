import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaints } from './bad.ts';

const KINDS =
  'any, stealth, or a list of syn, fin, null, xmas, maimon, ack, odd, odd_reply, udp, fragment, sctp, protocol, ping, connect';
const NAME = 'a name of its own: a small letter, then up to 31 small letters, digits, - and _';
const CRITERIA =
  'does not say when it fires; add distinct_ports, distinct_hosts, distinct_targets, probes or instant: true';

/** Rules, and everything that is said about them. Line 1 is `rules:`. */
const cases: readonly [says: string, text: string, expected: readonly string[]][] = [
  [
    'the window of the documentation',
    '  - name: a\n    distinct_ports: 3\n    window: 5 minutes\n',
    ['4:13: rules[0].window: "5 minutes" is no duration; write it like 30s, 10m or 1h30m, or forever'],
  ],
  [
    'a window that is too long',
    '  - {name: a, probes: 2, window: 8d}\n',
    ['2:34: rules[0].window: "8d" is longer than 7d; write it like 30s, 10m or 1h30m, or forever'],
  ],
  [
    'a duration without unit',
    '  - {name: a, probes: 2, block_for: 600}\n',
    ['2:37: rules[0].block_for: 600 is no duration; write it like 30s, 10m or 1h30m, or forever'],
  ],
  ['no name', '  - probes: 2\n', [`2:5: rules[0].name: is missing; write ${NAME}`]],
  [
    'a name that is no label',
    '  - {name: Scan, probes: 2}\n',
    [`2:12: rules[0].name: "Scan" is no rule name; write ${NAME}`],
  ],
  [
    'a name of 33 letters',
    `  - {name: ${'a'.repeat(33)}, probes: 2}\n`,
    [`2:12: rules[0].name: "${'a'.repeat(33)}" is no rule name; write ${NAME}`],
  ],
  [
    'one name for two rules, in rules with other faults',
    '  - {name: a, probes: 0}\n  - {name: b, probes: 1}\n  - {name: a, probes: 1}\n',
    [
      '2:23: rules[0].probes: 0 is out of range; write a whole number from 1 to 1000000',
      '4:12: rules[2].name: "a" is the name of rules[0], too; each needs one of its own',
    ],
  ],
  [
    'a name that is an alert of the sentry itself',
    '  - {name: decoy, probes: 2}\n',
    ['2:12: rules[0].name: is what the sentry itself calls one of its alerts; choose another name'],
  ],
  [
    'sources of a network in a rule that is not about networks',
    '  - {name: a, probes: 2, distinct_sources: 3}\n',
    ['2:44: rules[0].distinct_sources: goes with per: network only; add that, or leave this out'],
  ],
  [
    'what does not go with a rule about networks',
    '  - {name: a, per: network, instant: true, again: probe, action: {tcp: command}}\n',
    [
      '2:38: rules[0].instant: does not go with per: network, which takes two sources; leave one of the two out',
      '2:51: rules[0].again: does not go with per: network; leave it out',
      '2:66: rules[0].action: is alert or block where a rule is about networks; write one of these',
    ],
  ],
  ['no criterion', '  - {name: a, window: 1m}\n', [`2:5: rules[0]: ${CRITERIA}`]],
  [
    'instant with thresholds',
    '  - {name: a, instant: true, probes: 1, distinct_ports: 1, window: 1s}\n',
    ['38', '57', '68']
      .map((column, index) => `2:${column}: rules[0].${['probes', 'distinct_ports', 'window'][index]}: `)
      .map((start) => `${start}does not go with instant, which means one probe; leave one of the two out`),
  ],
  [
    'instant: false',
    '  - {name: a, instant: false}\n',
    ['2:24: rules[0].instant: false is no switch; write true, or leave it out'],
  ],
  [
    'an unknown tool',
    '  - {name: a, probes: 1, tools: [nmap, sipvicious]}\n',
    [
      '2:40: rules[0].tools[1]: "sipvicious" is no tool; write any, or a list of masscan, zmap, nmap, mirai, unicornscan, hping3',
    ],
  ],
  [
    'an unknown kind',
    '  - {name: a, probes: 1, kinds: [syn, tcp]}\n',
    [`2:39: rules[0].kinds[1]: "tcp" is no kind of probe; write ${KINDS}`],
  ],
  [
    'a kind that is a number',
    '  - {name: a, probes: 1, kinds: 3}\n',
    [`2:33: rules[0].kinds: 3 is no kind of probe; write ${KINDS}`],
  ],
  [
    'no kinds',
    '  - {name: a, probes: 1, kinds: []}\n',
    [`2:33: rules[0].kinds: is an empty list; write ${KINDS}`],
  ],
  [
    'more ports than can be told apart',
    '  - {name: a, distinct_ports: 257}\n',
    ['2:31: rules[0].distinct_ports: 257 is out of range; write a whole number from 1 to 256'],
  ],
  [
    'wrong ports in only',
    '  - name: a\n    probes: 1\n    only:\n      tcp: 1-99999\n',
    ['5:12: rules[0].only.tcp: "1-99999" goes beyond port 65535; write ports like 22,80,1000-2000'],
  ],
  [
    'an unknown action',
    '  - {name: a, probes: 1, action: ban}\n',
    [
      '2:34: rules[0].action: "ban" is no action; write alert, record, command or block, or tcp: and udp: below it',
    ],
  ],
  [
    'an unknown action of one protocol',
    '  - {name: a, probes: 1, action: {tcp: ban, others: block}}\n',
    [
      '2:40: rules[0].action.tcp: "ban" is no action; write alert, record, command or block',
      '2:45: rules[0].action: there is no option "others"; the options here are tcp, udp',
    ],
  ],
  [
    'an unknown way with research scanners',
    '  - {name: a, probes: 1, research: ignore}\n',
    ['2:36: rules[0].research: "ignore" is no way with research scanners; write count, skip or only'],
  ],
  [
    'an unknown protocol',
    '  - {name: a, probes: 1, protocol: icmp, only: {tcp: 1}}\n',
    ['2:36: rules[0].protocol: "icmp" is no protocol; write tcp or udp'],
  ],
  [
    'one protocol, and ports of the other',
    '  - {name: a, probes: 1, protocol: tcp, only: {tcp: 1, udp: 53}}\n',
    ['2:61: rules[0].only.udp: does not go with protocol: tcp; leave one of the two out'],
  ],
  [
    'a way to fire again that is none',
    '  - {name: a, probes: 1, again: always}\n',
    ['2:33: rules[0].again: "always" is no way to fire again; write window or probe'],
  ],
  [
    'a rule that is a text',
    '  - scan\n',
    [
      '2:5: rules[0]: "scan" is no map of options; write options below it: name, per, kinds, only, tools, research, protocol, distinct_ports, distinct_hosts, distinct_sources, distinct_targets, probes, window, again, instant, action, block_for',
    ],
  ],
  [
    'a map of rules',
    '  scan:\n    probes: 1\n',
    ['2:3: rules: a map of options is no list; write a list of rules, or [] for none'],
  ],
  [
    'too many rules',
    Array.from({ length: 33 }, (_, index) => `  - {name: r${index}, probes: 1}\n`).join(''),
    ['2:3: rules: has more than 32 rules; put some of them together'],
  ],
];

for (const [says, text, expected] of cases) {
  test(says, () => assert.deepEqual(complaints(`rules:\n${text}`), expected));
}
