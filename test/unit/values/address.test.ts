import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalAddress } from '../../../src/values/address.ts';

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
