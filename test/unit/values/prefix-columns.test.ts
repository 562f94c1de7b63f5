import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { contains, formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { prefixesIn, prefixOf, wordsOf } from '../../../src/values/prefix-columns.ts';
import { columnsOf, PrefixColumnsBuilder } from '../../../src/values/prefix-columns-builder.ts';
import { PrefixFinder } from '../../../src/values/prefix-finder.ts';
import { prefixes } from '../../support/arbitrary-prefix.ts';

const parse = (...texts: string[]): Prefix[] => texts.map((text) => parsePrefix(text)!);
const textsOf = (networks: Iterable<Prefix>): string[] =>
  [...prefixesIn(columnsOf(networks))].map(formatPrefix);

describe('columns of networks', () => {
  test('are in rising order, IPv4 first, as numbers and not as text', () => {
    const texts = ['2001:db8::/32', '198.51.100.0/24', '9.0.0.0/8', '::1', '255.255.255.255', '0.0.0.1'];
    assert.deepEqual(textsOf(parse(...texts)), [
      '0.0.0.1',
      '9.0.0.0/8',
      '198.51.100.0/24',
      '255.255.255.255',
      '::1',
      '2001:db8::/32',
    ]);
  });

  test('hold nothing twice, and nothing that a wider network of theirs holds', () => {
    const texts = ['198.51.100.7', '198.51.100.0/24', '198.51.100.0/25', '198.51.100.7', '198.51.101.0'];
    assert.deepEqual(textsOf(parse(...texts, '2001:db8::/64', '2001:db8::/32')), [
      '198.51.100.0/24',
      '198.51.101.0',
      '2001:db8::/32',
    ]);
  });

  test('of more networks than there is room for at first', () => {
    const builder = new PrefixColumnsBuilder();
    for (let address = 4999; address >= 0; address--) builder.add4(0xc612_0000 + address * 2, 32);
    assert.equal(builder.size, 5000);
    const { addresses4, lengths4 } = builder.finish();
    assert.deepEqual([lengths4.length, addresses4[0], addresses4[4999]], [5000, 0xc612_0000, 0xc612_270e]);
  });

  test('bits behind the length are cleared', () => {
    const builder = new PrefixColumnsBuilder();
    builder.add4(0xc633_64ff, 24);
    builder.add6([0x2001_0db8, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], 33);
    assert.deepEqual([...prefixesIn(builder.finish())].map(formatPrefix), [
      '198.51.100.0/24',
      '2001:db8:8000::/33',
    ]);
  });

  test('property: the same addresses in the fewest of the networks, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(prefixes, { maxLength: 40 }), (networks) => {
        const kept = [...prefixesIn(columnsOf(networks))];
        for (const network of networks) {
          assert.equal(kept.filter((outer) => contains(outer, network)).length, 1);
        }
        const given = new Set(networks.map(formatPrefix));
        for (const network of kept) {
          assert.ok(given.has(formatPrefix(network)));
          assert.deepEqual(
            kept.filter((outer) => contains(outer, network)),
            [network],
          );
        }
        assert.deepEqual(textsOf(networks.toReversed()), textsOf(networks));
      }),
    );
  });

  test('property: words and bytes are the same address', () => {
    fc.assert(
      fc.property(prefixes, (network) => {
        assert.deepEqual(prefixOf(network.family, wordsOf(network), network.length), network);
      }),
    );
  });
});

describe('finding among networks', () => {
  test('property: what holds a network, and what lies in it', () => {
    fc.assert(
      fc.property(fc.array(prefixes, { maxLength: 40 }), prefixes, (networks, asked) => {
        const columns = columnsOf(networks);
        const kept = [...prefixesIn(columns)];
        const finder = new PrefixFinder(columns);
        const words = wordsOf(asked);
        const [holds, isWithin] =
          asked.family === 4
            ? [finder.holds4(words[0]!, asked.length), finder.isWithin4(words[0]!, asked.length)]
            : [finder.holds6(words, asked.length), finder.isWithin6(words, asked.length)];
        const holding = kept.some((network) => contains(network, asked));
        assert.deepEqual([holds, isWithin], [holding, kept.some((network) => contains(asked, network))]);
      }),
      { numRuns: 1000 },
    );
  });
});
