import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from '../../../src/config/load.ts';
import { complaints } from './bad.ts';

const INTERFACE =
  'is no interface name; write the name of an interface as in `ip link`, a pattern like eth*, or auto; ! before it leaves out';
const LISTEN = 'is no address to listen on; write host:port like 127.0.0.1:9731 or [::1]:9731, or off';
const SOCKET = 'is no socket path; write an absolute path';

/** Names that belong to the machine: an option, texts that it takes, texts that it refuses, and how. */
const options: readonly [option: string, good: readonly string[], bad: readonly string[], words: string][] = [
  [
    'interface',
    ['eth0', 'a', 'wg-home_1', 'br0.7@x', '...'],
    ['', '.', '..', 'a/b', 'a b', 'a:0', 'a\tb', 'a\0'],
    INTERFACE,
  ],
  [
    'metrics.listen',
    [
      '127.0.0.1:1',
      '[::]:9731',
      '[::ffff:192.0.2.1]:80',
      'localhost:80',
      'a-b.example:80',
      '1host:80',
      'off',
    ],
    [
      '',
      ':80',
      'host',
      'host:',
      'host:http',
      '[127.0.0.1]:80',
      '[]:80',
      '[::1]',
      '::1:80',
      '[fe80::1:80',
      '127.0.0.1:123456',
    ],
    LISTEN,
  ],
  [
    'metrics.listen',
    [],
    ['999.1.1.1:80', '127.1:80', '-a:80', 'a-.b:80', 'a..b:80', 'a_b:80', 'a b:80', `${'a'.repeat(64)}:80`],
    LISTEN,
  ],
  [
    'socket',
    ['/x', '/run/x.sock', '/a b/c', `/${'x'.repeat(106)}`],
    ['', '/', 'x', './x', '/run/', '/a\nb', '/a\0'],
    SOCKET,
  ],
];

for (const [option, good, bad, words] of options) {
  const [section, key] = option.split('.');
  const fileWith = (text: string) =>
    `${section}: ${key ? `{${key}: ${JSON.stringify(text)}}` : JSON.stringify(text)}`;
  describe(option, () => {
    for (const text of good) {
      test(`takes ${text}`, () => void parsePolicy(fileWith(text), 'x.yaml'));
    }
    for (const text of bad) {
      test(`refuses ${JSON.stringify(text)}`, () => {
        const [only = '', ...others] = complaints(fileWith(text));
        const expected = `: ${option}: ${text.length > 60 ? `"${text.slice(0, 59)}…"` : JSON.stringify(text)} ${words}`;
        assert.ok(only.endsWith(expected) && others.length === 0, [only, ...others].join('\n'));
      });
    }
  });
}

test('a metrics port of 0 is refused', () => {
  const [only] = complaints('metrics: {listen: "localhost:0"}');
  assert.match(only!, /^1:19: metrics.listen: 0 is no port that can be listened on;/);
});
