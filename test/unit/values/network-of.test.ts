import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from '../../../src/values/network-of.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';

for (const [source, expected] of [
  ['203.0.113.7', '203.0.113.0/24'],
  ['2001:db8:7:1::/64', '2001:db8:7::/48'],
  ['2001:db8:7::/48', '2001:db8:7::/48'],
  ['2001:db8::/32', undefined],
  ['10.1.2.3', undefined],
  ['172.31.0.1', undefined],
  ['172.32.0.1', '172.32.0.0/24'],
  ['100.127.0.1', undefined],
  ['fd00:1::/64', undefined],
  ['fe80::1', undefined],
] as const) {
  test(`${source} is one of ${expected ?? 'no network that says anything'}`, () => {
    const network = networkOf(parsePrefix(source)!);
    assert.equal(network && formatPrefix(network), expected);
  });
}
