import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { parseResolvers, readResolvers } from '../../../src/host/resolvers.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';

const parse = (text: string) => parseResolvers(text).map(formatPrefix);

describe('a resolv.conf', () => {
  for (const [says, text, found] of [
    [
      'names servers of both families',
      'nameserver 192.0.2.53\nnameserver 2001:db8::53\n',
      ['192.0.2.53', '2001:db8::53'],
    ],
    ['may give a zone', 'nameserver fe80::1%eth0\n', ['fe80::1']],
    ['may have blanks, tabs and more on a line', ' nameserver\t192.0.2.53  # ours\r\n', ['192.0.2.53']],
    ['says other things, too', 'search example\noptions edns0\nnameservers 192.0.2.1\n', []],
    ['may have comments', '# nameserver 192.0.2.1\n;nameserver 192.0.2.2\n', []],
    ['counts a server once', 'nameserver 192.0.2.53\nnameserver 192.0.2.53\n', ['192.0.2.53']],
    [
      'names no network, and nothing that is no address',
      'nameserver 0.0.0.0/0\nnameserver\nnameserver host\n',
      ['0.0.0.0'],
    ],
    ['may end without a newline', 'nameserver 192.0.2.53', ['192.0.2.53']],
    ['may be empty', '', []],
  ] as const) {
    test(says, () => assert.deepEqual(parse(text), found));
  }

  test('of whatever text guards single addresses only', () => {
    const lines = fc.array(
      fc.tuple(fc.constantFrom('nameserver ', 'nameserver', ''), fc.oneof(fc.string(), fc.ipV4(), fc.ipV6())),
    );
    fc.assert(
      fc.property(lines, (all) => {
        const text = all.map((pair) => pair.join('')).join('\n');
        for (const { family, length } of parseResolvers(text)) assert.equal(length, family === 4 ? 32 : 128);
      }),
    );
  });
});

describe('the resolvers of this host', () => {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-resolvers-'));
  after(() => rmSync(directory, { recursive: true }));
  const path = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const uplinks = path('uplinks', 'nameserver 192.0.2.53\n');
  const read = (text: string, behind = uplinks) =>
    readResolvers(path('resolv.conf', text), behind).map(formatPrefix);

  test('are those that it names', () =>
    assert.deepEqual(read('nameserver 198.51.100.53\n'), ['198.51.100.53']));
  for (const stub of ['127.0.0.53', '127.0.0.54', '127.0.0.1', '::1']) {
    test(`are those behind ${stub}, too`, () => {
      assert.deepEqual(read(`nameserver ${stub}\n`), [stub, '192.0.2.53']);
    });
  }
  test('are none when there is no file', () => {
    assert.deepEqual(readResolvers(join(directory, 'none'), uplinks), []);
    assert.deepEqual(read('nameserver 127.0.0.53\n', join(directory, 'none')), ['127.0.0.53']);
  });
  test('cannot be told when a file is there and cannot be read', () => {
    const broken = join(directory, 'broken');
    symlinkSync('/proc/self/mem', broken); // whose beginning is nobody's
    for (const path of [directory, broken]) {
      assert.throws(() => readResolvers(path, uplinks), /EISDIR|EIO/);
      assert.throws(() => read('nameserver 127.0.0.53\n', path), /EISDIR|EIO/);
    }
  });
});
