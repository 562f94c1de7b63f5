import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { acceptName, parseHosts } from '../../../../src/report/portsentry/host-names.ts';

describe('a name may stand in the log', () => {
  for (const [text, name] of [
    ['scanner.example', 'scanner.example'],
    ['scanner.example.', 'scanner.example'],
    ['localhost', 'localhost'],
    ['host_1.example', 'host_1.example'],
    ['66-100-51-198.pool.example', '66-100-51-198.pool.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    [`${'a'.repeat(253)}`, 'a'.repeat(253)],
  ] as const) {
    test(text.slice(0, 40), () => assert.equal(acceptName(text), name));
  }
});

describe('a name may not', () => {
  for (const [why, text] of [
    ['empty', ''],
    ['the root', '.'],
    ['too long', 'a'.repeat(254)],
    ['a label missing', 'a..example'],
    ['a label missing at the start', '.example'],
    ['a label missing at the end', 'example..'],
    ['blanks', 'a b.example'],
    ['another line', 'a.example\nattackalert: Connect from host: b'],
    ['a slash, which parts name and address', 'a/192.0.2.1'],
    ['letters of other scripts', 'bücher.example'],
    ['an address of somebody else', '192.0.2.1'],
    ['one of somebody else with a dot', '192.0.2.1.'],
    ['an IPv6 address', '2001:db8::1'],
    ['an address in short', '127.1'],
    ['an address as one number', '3221225985'],
    ['an address in hexadecimal', '0xC0000201'],
    ['a number as top-level domain', 'a.1'],
  ] as const) {
    test(why, () => assert.equal(acceptName(text), undefined));
  }
});

test('whatever is accepted is one word of a line', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z0-9._/: -]{0,20}$/));
  fc.assert(
    fc.property(text, (each) => {
      assert.match(acceptName(each) ?? 'none', /^[A-Za-z0-9_-]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$/);
    }),
  );
});

test('a hosts file gives names to addresses', () => {
  const text = [
    '# 192.0.2.9 commented.example',
    '127.0.0.1\tlocalhost',
    '192.0.2.1  first.example second.example # and a comment',
    '192.0.2.1 later.example',
    '  2001:DB8:0::1 six.example\r',
    '192.0.2.2',
    '192.0.2.3 192.0.2.4 alias.example',
    'fe80::1%eth0 scoped.example',
    '192.0.2.0/24 network.example',
    'nonsense at all',
    '::ffff:192.0.2.5 mapped.example',
  ].join('\n');
  assert.deepEqual(
    [...parseHosts(text)],
    [
      ['127.0.0.1', 'localhost'],
      ['192.0.2.1', 'first.example'],
      ['2001:db8::1', 'six.example'],
      ['192.0.2.5', 'mapped.example'],
    ],
  );
});
