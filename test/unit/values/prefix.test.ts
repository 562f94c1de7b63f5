import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  contains,
  formatAddress,
  formatPrefix,
  fullLength,
  maskPrefix,
  type Prefix,
  parsePrefix,
} from '../../../src/values/prefix.ts';

/** The address as text of 32 or 128 binary digits: slow, and plainly right. */
const bits = ({ family, bytes }: Prefix): string =>
  [...bytes.subarray(0, fullLength(family) / 8)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
const start = (prefix: Prefix): string => bits(prefix).slice(0, prefix.length);

/** Addresses that share long beginnings, so that containment happens. */
const close = fc.array(fc.constantFrom(0, 0, 0, 1, 128, 255), { minLength: 16, maxLength: 16 });
const bytes = fc.oneof(close, fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 16, maxLength: 16 }));
const prefix = fc
  .tuple(fc.constantFrom<4 | 6>(4, 6), bytes, fc.nat(128))
  .map(([family, raw, length]): Prefix => {
    const own = family === 4 ? [...raw.slice(0, 4), ...Array<number>(12).fill(0)] : raw;
    return maskPrefix({ family, bytes: Uint8Array.from(own), length: length % (fullLength(family) + 1) });
  });

describe('parsePrefix', () => {
  for (const [text, normal] of [
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['255.255.255.255/1', '128.0.0.0/1'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['2001:db8:ffff::/33', '2001:db8:8000::/33'],
    ['::', '::'],
    ['::/0', '::/0'],
    ['1::', '1::'],
    ['::1.2.3.4', '::102:304'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['::ffff:0:0/95', '::fffe:0:0/95'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
  ] as const) {
    test(`${text} is ${normal}`, () => assert.equal(formatPrefix(parsePrefix(text)!), normal));
  }
  for (const text of [
    ...[
      '',
      ' ',
      '/',
      '/24',
      '192.0.2',
      '192.0.2.256',
      '0x7f.0.0.1',
      '010.0.0.1',
      '1.2.3.4.5',
      '3221225985',
      ' 192.0.2.1',
    ],
    ...[
      '192.0.2.1/',
      '192.0.2.1/33',
      '192.0.2.1/-1',
      '192.0.2.1/024',
      '192.0.2.1/8/8',
      '192.0.2.1/8 ',
      '192.0.2.1/1e1',
    ],
    ...[
      '::/129',
      'fe80::1%eth0',
      '[::1]',
      ':::',
      '1::2::3',
      '2001:db8',
      '12345::',
      'localhost',
      '192.0.2.1:80',
    ],
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parsePrefix(text), undefined));
  }
  test('reads back what formatPrefix wrote', () => {
    fc.assert(fc.property(prefix, (each) => assert.deepEqual(parsePrefix(formatPrefix(each)), each)));
  });
  test('reads every way to write an IPv6 address alike', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const parsed = parsePrefix(text);
        assert.ok(parsed && isIPv6(formatPrefix(parsed)));
        const list = new BlockList();
        list.addAddress(text, 'ipv6');
        assert.ok(list.check(formatPrefix(parsed), 'ipv6'), `${text} became ${formatPrefix(parsed)}`);
      }),
    );
  });
  test('any text is a masked prefix or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./]{0,20}$/)), (text) => {
        const parsed = parsePrefix(text);
        if (parsed) assert.deepEqual(maskPrefix(parsed), parsed);
      }),
    );
  });
});

describe('networks, against binary digits', () => {
  test('maskPrefix keeps the first bits and clears the others', () => {
    fc.assert(
      fc.property(prefix, fc.nat(128), (each, wanted) => {
        const length = Math.min(wanted, each.length);
        const masked = maskPrefix(each, length);
        assert.equal(bits(masked), bits(each).slice(0, length).padEnd(fullLength(each.family), '0'));
        assert.equal(masked.length, length);
        assert.ok(each.family === 6 || masked.bytes.subarray(4).every((byte) => byte === 0));
      }),
    );
  });
  test('contains is a common beginning', () => {
    let inside = 0;
    fc.assert(
      fc.property(prefix, prefix, (outer, inner) => {
        const expected = outer.family === inner.family && start(inner).startsWith(start(outer));
        if (expected) inside++;
        assert.equal(contains(outer, inner), expected);
      }),
      { numRuns: 2000 },
    );
    assert.ok(inside > 50, `only ${inside} of the pairs were nested`);
  });
  test('a network contains itself and each address in it', () => {
    fc.assert(
      fc.property(prefix, bytes, (network, noise) => {
        const mask = maskPrefix({ ...network, bytes: new Uint8Array(16).fill(255) });
        const raw = network.bytes.map((byte, index) => byte | (noise[index]! & ~mask.bytes[index]!));
        const address = maskPrefix({ ...network, bytes: raw, length: fullLength(network.family) });
        assert.ok(contains(network, network) && contains(network, address));
      }),
    );
  });
});

test('formatAddress writes what a wire struct holds', () => {
  assert.equal(
    formatAddress(4, Uint8Array.of(198, 51, 100, 7, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)),
    '198.51.100.7',
  );
  assert.equal(
    formatAddress(6, Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7)),
    '2001:db8::7',
  );
});
