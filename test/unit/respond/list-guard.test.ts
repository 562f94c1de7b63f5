import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeGuard } from '../../../src/respond/guard.ts';
import { type ListGuard, makeListGuard } from '../../../src/respond/list-guard.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { wordsOf } from '../../../src/values/prefix-columns.ts';
import { columnsOf } from '../../../src/values/prefix-columns-builder.ts';
import { prefixes } from '../../support/arbitrary-prefix.ts';

const parse = (text: string): Prefix => parsePrefix(text)!;
const objection = (guard: ListGuard, network: Prefix) =>
  network.family === 4
    ? guard.objection4(wordsOf(network)[0]!, network.length)
    : guard.objection6(wordsOf(network), network.length);

const guard = makeListGuard(
  columnsOf(['203.0.113.1', '2001:db8::1'].map(parse)),
  columnsOf(['203.0.113.128/25', '2001:db8:1::/48'].map(parse)),
);

const cases: readonly (readonly [network: string, objection: string | undefined])[] = [
  ['0.0.0.0/0', 'too_wide'],
  ['64.0.0.0/7', 'too_wide'],
  ['::/0', 'too_wide'],
  ['2000::/15', 'too_wide'],
  ['64.0.0.0/8', undefined],
  ['2400::/16', undefined],
  ['0.1.2.3', 'private'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'private'],
  ['100.128.0.0', undefined],
  ['127.0.0.1', 'private'],
  ['169.254.169.254', 'private'],
  ['172.16.0.0/12', 'private'],
  ['172.32.0.0', undefined],
  ['192.0.0.0/24', 'private'],
  ['192.168.7.0/24', 'private'],
  ['224.0.0.1', 'private'],
  ['255.255.255.255', 'private'],
  ['172.0.0.0/8', 'private'], // holds some
  ['192.0.0.0/8', 'private'],
  ['::/128', 'private'],
  ['::1', 'private'],
  ['::/16', 'private'],
  ['fd00::1', 'private'],
  ['fe80::1', 'private'],
  ['fec0::1', 'private'],
  ['ff02::1', 'private'],
  ['64:ff9b::c633:6407', undefined], // a public IPv4 address behind a translator
  // Those of documentation and benchmarks stay of use.
  ['192.0.2.0/24', undefined],
  ['198.51.100.7', undefined],
  ['198.18.0.0/15', undefined],
  ['2001:db8:5::/48', undefined],
  ['203.0.113.1', 'own'],
  ['203.0.113.0/30', undefined], // the data plane spares the one inside
  ['2001:db8::1', 'own'],
  ['203.0.113.200', 'ignored'],
  ['203.0.113.128/25', 'ignored'],
  ['203.0.113.0/24', undefined],
  ['2001:db8:1:2::/64', 'ignored'],
];
for (const [network, expected] of cases) {
  test(`${network} of a list: ${expected ?? 'may be put in force'}`, () => {
    assert.equal(objection(guard, parse(network)), expected);
  });
}

test('property: what the guard of single blocks does not allow, a list does not get past, either', () => {
  fc.assert(
    fc.property(
      fc.array(prefixes, { maxLength: 5 }),
      fc.array(prefixes, { maxLength: 20 }),
      prefixes,
      (own, ignored, asked) => {
        const guarded = own.map((prefix) => ({ prefix, reason: 'ours' }));
        const single = makeGuard(
          () => guarded,
          () => ignored,
        )(asked);
        const listed = objection(makeListGuard(columnsOf(own), columnsOf(ignored)), asked);
        if (single !== undefined) assert.ok(listed, `${formatPrefix(asked)}: ${single}`);
        else assert.ok(listed === undefined || listed === 'private', `${formatPrefix(asked)}: ${listed}`);
      },
    ),
    { numRuns: 1000 },
  );
});
