import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';
import { sourceOf } from '../../../src/values/source.ts';

/** The data plane decides the same for packets: see test/bpf/instant.test.ts. */
for (const [address, bits, source] of [
  ['198.51.100.66', 64, '198.51.100.66'],
  ['2001:db8:1:2:3:4:5:6', 64, '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3:4:5:6', 48, '2001:db8:1::/48'],
  ['2001:db8:1:2:3:4:5:6', 128, '2001:db8:1:2:3:4:5:6'],
  ['fe80::1', 64, 'fe80::1'],
  ['febf::1', 64, 'febf::1'],
  ['fec0::1', 64, 'fec0::/64'],
  ['fe00::1', 64, 'fe00::/64'],
] as const) {
  test(`${address} belongs, by /${bits}, to ${source}`, () => {
    assert.equal(formatPrefix(sourceOf(parsePrefix(address)!, bits)), source);
  });
}
