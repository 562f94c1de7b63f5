import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { parsePolicy } from '../../../src/config/load.ts';
import { complaints, refusal } from './bad.ts';

const TOP =
  'mode, interface, attach, monitor, listen, probes, ignore, ignore_files, guard, ipv6_source_prefix, lists, list_cache, rules, research, campaign, escalation, responses, capabilities, memory, tables, metrics, socket, log, portsentry';

/** A text, and everything that is said about it. */
const cases: readonly [says: string, text: string, expected: readonly string[]][] = [
  ['a list', '- mode: observe\n', [`1:1: a list is no map of options; write options below it: ${TOP}`]],
  ['a word', 'enforce\n', [`1:1: "enforce" is no map of options; write options below it: ${TOP}`]],
  ['a slip in a key', 'mdoe: observe\n', ['1:1: there is no option "mdoe"; did you mean mode?']],
  ['two letters the wrong way round', 'lgo: {}\n', ['1:1: there is no option "lgo"; did you mean log?']],
  [
    'a key in another notation',
    'log:\n  Level: info\n',
    ['2:3: log: there is no option "Level"; did you mean level?'],
  ],
  [
    'the beginning of a key',
    'ipv6: 64\n',
    ['1:1: there is no option "ipv6"; did you mean ipv6_source_prefix?'],
  ],
  [
    'a key like none',
    'tables: {x: 1}\n',
    ['1:10: tables: there is no option "x"; the options here are blocks, sources'],
  ],
  [
    'unknown keys, each where it is',
    'rules:\n  - name: a\n    probes: 1\n    block-for: 1m\n    prots: 3\n',
    [
      '4:5: rules[0]: there is no option "block-for"; did you mean block_for?',
      '5:5: rules[0]: there is no option "prots"; did you mean probes?',
    ],
  ],
  [
    'keys that JavaScript knows',
    '__proto__: {mode: enforce}\nconstructor: 1\n',
    ['__proto__', 'constructor'].map(
      (key, index) => `${index + 1}:1: there is no option "${key}"; the options here are ${TOP}`,
    ),
  ],
  [
    'keys that are no texts',
    '? [a]\n: 1\n',
    [`1:3: there is no option "(a map or list)"; the options here are ${TOP}`],
  ],
  [
    'a merge key',
    'log:\n  <<: {level: info}\n',
    ['2:3: log: there is no option "<<"; the options here are format, level, to'],
  ],
  [
    'a key twice',
    'mode: observe\nlog: {level: info}\nmode: enforce\n',
    ['3:1: mode: is there twice; keep one of them'],
  ],
  [
    'a key twice below another, and something else',
    'log:\n  level: info\n  level: all\n',
    ['3:3: log.level: is there twice; keep one of them'],
  ],
  [
    'two documents',
    'mode: observe\n---\nmode: enforce\n',
    ['2:1: a second document begins here; a file holds one'],
  ],
  ['a tab', 'log:\n\tlevel: info\n', ['2:1: a tab indents this line; indent with spaces']],
  [
    'a value that needs quotes',
    'metrics:\n  listen: [::1]:9731\n',
    ['2:16: this does not belong here; does a value need quotes?'],
  ],
  [
    'wrong indentation',
    'mode: enforce\n interface: eth0\n',
    ['1:7: a key and value where only a value can stand; is the indentation wrong?'],
  ],
  [
    'an open bracket',
    'ignore: [192.0.2.1\nmode: observe\n',
    ['2:1: the indentation is wrong, or a bracket is not closed'],
  ],
  ['an open quote', 'socket: "/run/x\n', ['2:1: a quote opens above, and nothing closes it']],
  [
    'a reserved character',
    'interface: @eth0\n',
    ['1:12: a value that begins with this character needs quotes'],
  ],
  [
    'a tag',
    'mode: !secret x\n',
    ['1:7: tags like !this mean nothing here; leave it out, or put the value in quotes'],
  ],
  [
    'an alias of nothing',
    'ignore: [*net]\n',
    ['1:10: ignore[0]: "*net" refers to nothing above; put a text that begins with * in quotes'],
  ],
  [
    'an alias of itself',
    'ignore: &all [192.0.2.1, *all]\n',
    ['1:26: ignore[1]: "*all" refers to nothing above; put a text that begins with * in quotes'],
  ],
  [
    'a fault in what an alias stands for',
    'monitor:\n  tcp: &ports {unused: x}\n  udp: *ports\n',
    [
      '2:24: monitor.tcp.unused: "x" is neither a port nor a range like 1-1024; write ports like 22,80,1000-2000',
      '2:24: monitor.udp.unused: "x" is neither a port nor a range like 1-1024; write ports like 22,80,1000-2000',
    ],
  ],
  [
    'carriage returns',
    'mode: observe\r\nlog:\r\n  level: x\r\n',
    ['3:10: log.level: "x" is no log level; write error, warn, info or debug'],
  ],
  ['a byte order mark', '\ufeffmode: x\n', ['1:7: mode: "x" is no mode; write observe or enforce']],
];

for (const [says, text, expected] of cases) {
  test(says, () => assert.deepEqual(complaints(text), expected));
}

test('problems come in the order of the text, whoever found them', () => {
  const found = complaints('log: {level: x}\nfoo: 1\nmode: y\nfoo: 2\nattach: z\n');
  assert.deepEqual(
    found.map((line) => line.split(': ')[0]),
    ['1:14', '2:1', '3:7', '4:1', '5:9'],
  );
});

test('billion laughs are refused at once', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 30; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  }
  const [complaint, ...others] = complaints(lines.join('\n'));
  assert.match(complaint!, /^6:\d+: a5\[\d\]: is one too many: a file has 100000 values at most/);
  assert.deepEqual(others, []);
});

test('what is shared counts wherever it stands: few rules, each with the same many kinds', () => {
  const first = `- &r {name: a, instant: true, kinds: [${'syn, '.repeat(9000)}]}`;
  const found = complaints(`rules:\n${first}\n${'- *r\n'.repeat(20)}`);
  assert.equal(found.length, 1);
  assert.match(found[0]!, /^13:3: rules\[11\]: is one too many/);
});

test('a file of another kind does not fill the screen', () => {
  const found = complaints(Array.from({ length: 5000 }, (_, index) => `key${index}: 1`).join('\n'));
  assert.equal(found.length, 21);
  assert.equal(found.at(-1), '21:1: and from here on 4980 more');
});

for (const [says, text] of [
  ['brackets', '['.repeat(200_000)],
  ['lists', '- '.repeat(200_000)],
  ['maps', '{a: '.repeat(100_000)],
] as const) {
  test(`endless ${says} are an error and no crash`, () => {
    assert.match(complaints(text)[0]!, /^1:\d+: this is nested too deeply$/);
  });
}

test('a mebibyte of wrong values takes no more memory than other ones', () => {
  const load = JSON.stringify(new URL('../../../src/config/load.ts', import.meta.url).href);
  const script = `
    const { parsePolicy } = await import(${load});
    const text = 'rules: [{name: a, kinds: [' + 'x,'.repeat(500_000) + ']}]';
    try { parsePolicy(text, 'x.yaml'); } catch (error) { console.log(error.detail); }`;
  const args = ['--max-old-space-size=600', '--input-type=module', '-e', script];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.match(stdout, /^x\.yaml:1:\d+: rules\[0\]\.kinds\[\d+\]: is one too many: [^\n]+\n$/);
  assert.equal(status, 0);
});

test('a text of more than 1 MiB is not looked at', () => {
  const error = refusal(() => parsePolicy('#'.repeat(1_048_577), 'x.yaml'));
  assert.equal(error.code, 'XS_ERR_CONFIG');
  assert.equal(error.detail, 'x.yaml:1:1: the file is larger than 1048576 bytes (1 MiB)');
  assert.equal(parsePolicy('#'.repeat(1_048_576), 'x.yaml').mode, 'observe');
});
