import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockList } from '../../../scripts/bench/block-list.ts';
import { addressBytes, checksum, synFrame } from '../../../scripts/bench/frame.ts';
import { assertInForce } from '../../../scripts/bench/tools/sentry.ts';
import { POOL } from '../../../scripts/bench/traffic.ts';
import { ListReader } from '../../../src/lists/reader.ts';
import { guard } from '../lists/read.ts';

const station = '02:00:00:00:00:0a';

test('a SYN over IPv4 is right in every checksum: with it, the sum is zero', () => {
  const frame = synFrame({ source: '198.18.0.1', target: '198.51.100.1', port: 23, station });
  assert.equal(frame.length, 60);
  assert.equal(checksum([...frame.subarray(14, 34)]), 0);
  const pseudo = [...frame.subarray(26, 34), 0, 6, 0, 20];
  assert.equal(checksum([...pseudo, ...frame.subarray(34, 54)]), 0);
});

test('and so is one over IPv6', () => {
  const frame = synFrame({ source: '2001:db8:0:7::1', target: '2001:db8:0:1::1', port: 1024, station });
  assert.equal(frame.length, 74);
  const pseudo = [...frame.subarray(22, 54), 0, 0, 0, 20, 0, 0, 0, 6];
  assert.equal(checksum([...pseudo, ...frame.subarray(54)]), 0);
});

test('addresses in bytes', () => {
  assert.deepEqual(addressBytes('198.18.0.1'), [198, 18, 0, 1]);
  const bytes = addressBytes('2001:db8:f:4240::1');
  assert.deepEqual(bytes, [0x20, 1, 0x0d, 0xb8, 0, 15, 0x42, 0x40, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test('a block list has so many different addresses, those that send first', () => {
  for (const family of [4, 6] as const) {
    const list = [...blockList(family, POOL[4] + 10)];
    assert.equal(new Set(list).size, POOL[4] + 10);
    assert.match(list[0]!, family === 4 ? /^198\.18\.0\.0$/ : /^2001:db8:1000:0::1$/);
  }
  const list = [...blockList(4, POOL[4] + 1)];
  assert.equal(list[POOL[4] - 1], '198.19.255.255');
  assert.equal(list[POOL[4]], '11.0.0.0');
});

test('the sentry leaves none of a block list out, however long it is', () => {
  for (const [family, count] of [
    [4, 1_000_000],
    [6, 10_000],
  ] as const) {
    const reader = new ListReader(guard);
    for (const address of blockList(family, count)) reader.push(Buffer.from(`${address}\n`));
    assert.equal(reader.finish().facts[`ipv${family}`], count);
  }
});

test('a list that is not in force as a whole is no ground for figures', () => {
  const answer = (ipv4: number, ipv6: number) => JSON.stringify({ name: 'list', facts: { ipv4, ipv6 } });
  assertInForce(answer(7, 0), 7);
  assertInForce(answer(0, 7), 7);
  assert.throws(() => assertInForce(answer(6, 0), 7), /6 of 7 blocks are in force/);
  assert.throws(() => assertInForce(JSON.stringify({ name: 'list', facts: null }), 7), /0 of 7/);
});
