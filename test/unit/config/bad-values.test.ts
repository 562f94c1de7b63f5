import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaints } from './bad.ts';

/** A file, and everything that is said about it. */
const cases: readonly [says: string, text: string, expected: readonly string[]][] = [
  ['a wrong word', 'mode: block\n', ['1:7: mode: "block" is no mode; write observe or enforce']],
  ['a key without value', 'mode:\n', ['1:6: mode: has no value; write observe or enforce']],
  ['YAML 1.1 switches are texts', 'mode: on\n', ['1:7: mode: "on" is no mode; write observe or enforce']],
  [
    'an interface name that is too long, in bytes',
    'interface: éééééééé\n',
    [
      '1:12: interface: the name has 16 bytes, and Linux allows 15; write the name of an interface as in `ip link`, a pattern like eth*, or auto; ! before it leaves out',
    ],
  ],
  [
    'the number of an interface',
    'interface: 2\n',
    [
      '1:12: interface: 2 is no interface name; write the name of an interface as in `ip link`, a pattern like eth*, or auto; ! before it leaves out',
    ],
  ],
  [
    'a wrong way to attach',
    'attach: skb\n',
    ['1:9: attach: "skb" is no way to attach; write auto, native or generic'],
  ],
  [
    'a wrong way with probes',
    'probes: true\n',
    ['1:9: probes: true is no way with probes; write pass or drop'],
  ],
  [
    'lists that are nowhere, in two places, or asked for too often',
    [
      'lists:',
      '  - name: a',
      '  - { name: a, file: /a, url: "http://a" }',
      '  - { name: b, url: "ftp://a" }',
      '  - { name: c, url: "http://a b" }',
      '  - { name: d, file: a, refresh: 1h }',
      '  - { name: e, url: "http://a", refresh: 59s }',
      '  - { name: F, file: /a, format: csv, max_size: 0 }',
      '',
    ].join('\n'),
    [
      '2:5: lists[0]: does not say where it is; add file or url',
      '3:13: lists[1].name: "a" is the name of lists[0], too; each needs one of its own',
      '3:31: lists[1].url: does not go with file; leave one of the two out',
      '4:21: lists[2].url: "ftp://a" is no URL; write an http or https URL',
      '5:21: lists[3].url: "http://a b" is no URL; write an http or https URL',
      '6:22: lists[4].file: "a" is no path; write an absolute path',
      '6:34: lists[4].refresh: goes with url only; a file is read whenever it changes',
      '7:42: lists[5].refresh: is shorter than 1m; write it like 1h',
      '8:13: lists[6].name: "F" is no list name; write a name of its own: a small letter, then up to 31 small letters, digits, - and _',
      '8:34: lists[6].format: "csv" is no list format; write auto, plain, netset or spamhaus',
      '8:49: lists[6].max_size: 0 is out of range; write a whole number from 1 to 1024',
    ],
  ],
  [
    'too many lists',
    `lists:\n${Array.from({ length: 33 }, (_, index) => `  - {name: l${index}, file: /a}\n`).join('')}`,
    ['2:3: lists: has more than 32 entries; put several lists into one'],
  ],
  [
    'capabilities that are none',
    'capabilities: [net_rw, CAP_SYS_ADMEN, everything, 7]\n',
    [
      '1:16: capabilities[0]: "net_rw" is no capability, but CAP_NET_RAW is; write a name of capabilities(7) like net_raw',
      '1:24: capabilities[1]: "CAP_SYS_ADMEN" is no capability, but CAP_SYS_ADMIN is; write a name of capabilities(7) like net_raw',
      '1:39: capabilities[2]: "everything" is no capability; write a name of capabilities(7) like net_raw',
      '1:51: capabilities[3]: 7 is no capability; write a name of capabilities(7) like net_raw',
    ],
  ],
  [
    'a choice of capabilities that is none',
    'capabilities: some\n',
    [
      '1:15: capabilities: "some" is no choice of capabilities; write auto, all, or a list of names of capabilities(7)',
    ],
  ],
  [
    'steps that are none',
    'escalation: { factor: 1, cap: 7, forget: 1d }\n',
    [
      '1:23: escalation.factor: 1 is out of range; write a whole number from 2 to 100',
      '1:31: escalation.cap: 7 is no duration; write it like 30s, 10m or 1h30m',
      '1:34: escalation: there is no option "forget"; did you mean forget_after?',
    ],
  ],
  [
    'a memory that is none',
    'memory: { path: memory.db }\n',
    ['1:17: memory.path: "memory.db" is no file; write the absolute path of a file, or off'],
  ],
  [
    'a directory that is none',
    'list_cache: lists\n',
    ['1:13: list_cache: "lists" is no directory; write the absolute path of a directory, or off'],
  ],
  [
    'ports without unused',
    'monitor:\n  tcp: 1-1024\n',
    [
      '2:8: monitor.tcp: "1-1024" is no choice of ports; write off, or unused: PORTS and except: PORTS below it',
    ],
  ],
  [
    'each wrong part of a list of ports',
    'monitor:\n  udp:\n    unused:\n      - 53\n      - "9-3"\n      - 70000\n      - dns\n      - [1]\n',
    [
      '5:9: monitor.udp.unused[1]: "9-3" runs backwards; write ports like 22,80,1000-2000',
      '6:9: monitor.udp.unused[2]: 70000 is out of range; write a whole number from 0 to 65535',
      '7:9: monitor.udp.unused[3]: "dns" is neither a port nor a range like 1-1024; write ports like 22,80,1000-2000',
      '8:9: monitor.udp.unused[4]: a list is no port or range; write ports like 22,80,1000-2000',
    ],
  ],
  [
    'a range that is a subtraction',
    'monitor: {tcp: {except: -5}}\n',
    ['1:25: monitor.tcp.except: -5 is out of range; write a whole number from 0 to 65535'],
  ],
  [
    'each wrong entry of the ignore list',
    'ignore: [192.0.2.1, 192.0.2.1/33, 10, null, "fe80::1%eth0"]\n',
    [
      '1:21: ignore[1]: "192.0.2.1/33" is no address or network',
      '1:35: ignore[2]: 10 is no address or network',
      '1:39: ignore[3]: has no value',
      '1:45: ignore[4]: "fe80::1%eth0" is no address or network',
    ].map(
      (line) => `${line}; write an address or network like 198.51.100.7, 198.51.100.0/24 or 2001:db8::/64`,
    ),
  ],
  [
    'an address where a list belongs',
    'ignore: 192.0.2.1\n',
    ['1:9: ignore: "192.0.2.1" is no list; write a list of addresses and networks, or [] for none'],
  ],
  [
    'a prefix that is too short',
    'ipv6_source_prefix: 47\n',
    ['1:21: ipv6_source_prefix: 47 is out of range; write a whole number from 48 to 128'],
  ],
  [
    'table sizes',
    'tables:\n  blocks: 16777217\n  sources: 1.5\n',
    [
      '2:11: tables.blocks: 16777217 is out of range; write a whole number from 1 to 16777216',
      '3:12: tables.sources: 1.5 is no whole number; write a whole number from 1024 to 4194304',
    ],
  ],
  [
    'infinity',
    'tables: {blocks: .inf}\n',
    ['1:18: tables.blocks: Infinity is no whole number; write a whole number from 1 to 16777216'],
  ],
  [
    'a metrics address without host',
    'metrics:\n  listen: 9731\n',
    [
      '2:11: metrics.listen: 9731 is no address to listen on; write host:port like 127.0.0.1:9731 or [::1]:9731, or off',
    ],
  ],
  [
    'an IPv6 address without brackets',
    'metrics: {listen: "::1:9731"}\n',
    [
      '1:19: metrics.listen: "::1:9731" is no address to listen on; write host:port like 127.0.0.1:9731 or [::1]:9731, or off',
    ],
  ],
  [
    'a metrics port beyond 65535',
    'metrics: {listen: "localhost:65536"}\n',
    [
      '1:19: metrics.listen: 65536 is no port that can be listened on; write host:port like 127.0.0.1:9731 or [::1]:9731, or off',
    ],
  ],
  [
    'a relative socket',
    'socket: run/x.sock\n',
    ['1:9: socket: "run/x.sock" is no socket path; write an absolute path'],
  ],
  [
    'a socket path that the kernel cuts off',
    `socket: /${'x'.repeat(107)}\n`,
    ["1:9: socket: the path has 108 bytes, and a socket's may have 107; write an absolute path"],
  ],
  [
    'a text where options belong',
    'log: json\n',
    ['1:6: log: "json" is no map of options; write options below it: format, level, to'],
  ],
  [
    'a wrong level',
    'log:\n  level: trace\n',
    ['2:10: log.level: "trace" is no log level; write error, warn, info or debug'],
  ],
  [
    'port 0, at which nobody can listen',
    'listen: {udp: "0,2000"}\n',
    ['1:15: listen.udp: nobody can listen at port 0; write ports from 1 to 65535'],
  ],
  [
    'a banner of more than 1024 bytes',
    `listen: {banner: "${'é'.repeat(513)}"}\n`,
    ['1:18: listen.banner: the text has 1026 bytes; write a text of up to 1024 bytes'],
  ],
  [
    'what counts at served ports',
    'monitor: {served: all, late_answers: drop}\n',
    [
      '1:19: monitor.served: "all" is no choice of what counts; write stealth or nothing',
      '1:38: monitor.late_answers: "drop" is no way with late answers; write spare or count',
    ],
  ],
  [
    'an ignore file without path',
    'ignore_files: [/a, x]\n',
    ['1:20: ignore_files[1]: "x" is no path; write an absolute path'],
  ],
  [
    'too many ignore files',
    `ignore_files: [${'/a, '.repeat(17)}]\n`,
    ['1:15: ignore_files: has more than 16 entries; put files together'],
  ],
  [
    'responses that would hit nobody, or everybody',
    'responses:\n  hosts_deny: {entry: "ALL: ALL"}\n  route: {run: "route add -host TARGET reject"}\n',
    [
      '2:23: responses.hosts_deny.entry: $TARGET$ is not in it; write one line with $TARGET$ in it',
      '3:16: responses.route.run: $TARGET$ is not in it; write one line for /bin/sh with $TARGET$ in it',
    ],
  ],
  [
    'responses of more than one line, and of none',
    'responses:\n  command: {run: "a\\nb", undo: " "}\n',
    [
      '2:18: responses.command.run: a control character is in it; write one line for /bin/sh',
      '2:32: responses.command.undo: " " is no command; write one line for /bin/sh',
    ],
  ],
  [
    'a command that no shell takes',
    `responses: {command: {run: ${'x'.repeat(65_537)}}}\n`,
    [
      '1:28: responses.command.run: the line has 65537 bytes, and 65536 are allowed; write one line for /bin/sh',
    ],
  ],
  [
    'limits of responses',
    'responses: {concurrency: 257, timeout: 25h}\n',
    [
      '1:26: responses.concurrency: 257 is out of range; write a whole number from 1 to 256',
      '1:40: responses.timeout: "25h" is longer than 24h; write it like 30s, 10m or 1h30m',
    ],
  ],
  [
    'a PortSentry that there never was',
    'portsentry: {style: 3, tcp_mode: TCP, history: h, resolve_host: 1}\n',
    [
      '1:21: portsentry.style: 3 is no version of PortSentry; write "1.2" or "2"',
      '1:34: portsentry.tcp_mode: "TCP" is no mode; write a word of 1 to 16 small letters',
      '1:48: portsentry.history: "h" is no path; write an absolute path',
      '1:65: portsentry.resolve_host: 1 is no switch; write true or false',
    ],
  ],
  [
    'lines of PortSentry without saying which',
    'log: {format: portsentry}\n',
    ['1:15: log.format: needs to know which PortSentry; add portsentry: { style: "1.2" }'],
  ],
  [
    'a history that nobody would write',
    'portsentry: {style: 2, history: /h}\n',
    ['1:33: portsentry.history: has the lines of the log in style 2; add log: { format: portsentry }'],
  ],
  [
    'places for a log',
    'log:\n  to: [stderr, syslog, syslog]\n',
    ['2:8: log.to[0]: "stderr" is no place for a log; write stdout, syslog or the absolute path of a file'],
  ],
  [
    'a place for a log twice',
    'log: {to: [syslog, syslog]}\n',
    ['1:11: log.to: names a place twice; keep one of them'],
  ],
  [
    'no place for a log',
    'log: {to: []}\n',
    ['1:11: log.to: is an empty list; write a list of stdout, syslog or the absolute path of a file'],
  ],
  [
    'more entries than the ignore list has room for',
    `ignore: [${'192.0.2.1, '.repeat(60_001)}]\n`,
    ['1:9: ignore: has more than 60000 entries; put neighbours together as networks'],
  ],
  [
    'a list of ports without end',
    `monitor: {tcp: {unused: [${'1-65535, '.repeat(50_000)}]}}\n`,
    ['1:25: monitor.tcp.unused: has more than 1024 entries; put neighbours together as ranges'],
  ],
  [
    'a long text is cut, and stays on one line',
    `mode: "${'a\\n'.repeat(100)}"\n`,
    [`1:7: mode: "${'a\\n'.repeat(29)}a…" is no mode; write observe or enforce`],
  ],
  [
    'characters that would confuse a terminal are shown by number',
    'mode: "\\e[31m\\u202Ex\\u009B"\n',
    ['1:7: mode: "\\u001b[31m\\u202ex\\u009b" is no mode; write observe or enforce'],
  ],
];

for (const [says, text, expected] of cases) {
  test(says, () => assert.deepEqual(complaints(text), expected));
}
