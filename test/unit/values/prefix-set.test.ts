import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { contains, formatPrefix, maskPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { PrefixSet } from '../../../src/values/prefix-set.ts';

const prefix = (text: string): Prefix => parsePrefix(text)!;

describe('the network of a set that contains a prefix', () => {
  const set = PrefixSet.of(['10.0.0.0/8', '10.1.0.0/16', '192.0.2.7', '2001:db8::/32', '::1'].map(prefix));
  for (const [asked, found] of [
    ['10.2.3.4', '10.0.0.0/8'],
    ['10.1.3.4', '10.1.0.0/16'],
    ['10.1.0.0/16', '10.1.0.0/16'],
    ['10.0.0.0/12', '10.0.0.0/8'],
    ['8.0.0.0/6', undefined], // it contains one
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.8', undefined],
    ['2001:db8:1::/48', '2001:db8::/32'],
    ['a00::', undefined], // the bytes of 10.0.0.0 in the other family
    ['::1', '::1'],
    ['0.0.0.1', undefined],
  ] as const) {
    test(`${asked}: ${found ?? 'none'}`, () => {
      const network = set.find(prefix(asked));
      assert.equal(network && formatPrefix(network), found);
    });
  }
  test('everything is in /0 of its family', () => {
    const all = PrefixSet.of([prefix('0.0.0.0/0')]);
    assert.ok(all.find(prefix('203.0.113.1')));
    assert.equal(all.find(prefix('::1')), undefined);
  });
});

/** Few different bytes and lengths, so that networks often contain each other. */
const anyPrefix: fc.Arbitrary<Prefix> = fc
  .tuple(
    fc.constantFrom(4 as const, 6 as const),
    fc.array(fc.constantFrom(0, 1, 128, 255), { minLength: 4, maxLength: 4 }),
    fc.constantFrom(0, 1, 7, 8, 9, 16, 24, 31, 32, 64, 128),
  )
  .map(([family, bytes, length]) => {
    const all = new Uint8Array(16);
    all.set(bytes);
    return maskPrefix({ family, bytes: all, length: family === 4 ? Math.min(length, 32) : length });
  });

test('is the narrowest of those that a search one by one finds', () => {
  let hits = 0;
  fc.assert(
    fc.property(fc.array(anyPrefix, { maxLength: 30 }), anyPrefix, (prefixes, asked) => {
      const [narrowest] = prefixes
        .filter((network) => contains(network, asked))
        .sort((a, b) => b.length - a.length);
      if (narrowest) hits++;
      assert.deepEqual(PrefixSet.of(prefixes).find(asked), narrowest);
    }),
    { numRuns: 1000 },
  );
  assert.ok(hits > 100, `${hits}: too few to tell`);
});
