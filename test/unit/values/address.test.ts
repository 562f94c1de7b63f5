import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalAddress } from '../../../src/values/address.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';

describe('the one text of an address', () => {
  for (const [text, canonical] of [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', undefined],
    ['2001:db8::/64', undefined],
    ['fe80::1%eth0', undefined],
    ['192.0.2', undefined],
    ['a.example', undefined],
    ['', undefined],
  ] as const) {
    test(`"${text}"`, () => assert.equal(canonicalAddress(text), canonical));
  }
});

test('is what its bytes are written as, for any text', () => {
  const group = fc.constantFrom(
    '0',
    '1',
    'ffff',
    'db8',
    '0db8',
    'DB8',
    '',
    '192.0.2.1',
    'g',
    '12345',
    '1/64',
  );
  const text = fc.array(group, { maxLength: 9 }).map((groups) => groups.join(':'));
  const wellFormed = fc
    .tuple(fc.array(fc.constantFrom('1', 'ffff', 'a0', '0', '00')), fc.array(fc.constantFrom('1', 'b', '0')))
    .map(([head, tail]) => `${head.join(':')}::${tail.join(':')}`);
  fc.assert(
    fc.property(fc.oneof(text, wellFormed, fc.ipV6(), fc.ipV4()), (each) => {
      const prefix = each.includes('/') ? undefined : parsePrefix(each);
      assert.equal(canonicalAddress(each), prefix && formatPrefix(prefix));
    }),
    { numRuns: 5000 },
  );
});
