import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../../scripts/packets/random.ts';
import { buildListTable } from '../../../src/kernel/list-table.ts';
import { listHeadLayout, listLayout, listPlaceLayout } from '../../../src/kernel/wire.generated.ts';
import {
  contains,
  formatPrefix,
  fullLength,
  maskPrefix,
  type Prefix,
  parsePrefix,
} from '../../../src/values/prefix.ts';
import {
  EMPTY_COLUMNS,
  type PrefixColumns,
  prefixOf as prefixOfWords,
} from '../../../src/values/prefix-columns.ts';
import { columnsOf, PrefixColumnsBuilder } from '../../../src/values/prefix-columns-builder.ts';
import { prefixes } from '../../support/arbitrary-prefix.ts';
import { placeHash } from '../../support/kernel-model/filter.ts';
import { ListsModel } from '../../support/kernel-model/lists.ts';

const SEED = 0xfeed_5eed;
const LINE = 64;

const prefixOf = (text: string): Prefix => parsePrefix(text)!;
const list = (...texts: string[]): PrefixColumns => columnsOf(texts.map(prefixOf));

function build(lists: readonly PrefixColumns[], seed = SEED) {
  let table = new Uint8Array();
  buildListTable(lists, seed, 1, (lines) => {
    table = new Uint8Array(lines * LINE);
    return table.buffer;
  });
  return { table, model: new ListsModel(table, seed) };
}

const listOf = (model: ListsModel, { family, bytes }: Pick<Prefix, 'family' | 'bytes'>) =>
  model.listOf(family, bytes);
const field = (table: Uint8Array, line: number, { at }: { at: number }) =>
  new DataView(table.buffer, line * LINE).getUint32(at, true);

/** The network's first address and its last, and those before and behind it if there are any. */
function edges({ family, bytes, length }: Prefix): { inside: Prefix[]; outside: Prefix[] } {
  const bits = fullLength(family);
  const value = BigInt(`0x${Buffer.from(bytes.subarray(0, bits / 8)).toString('hex')}`);
  const size = 1n << BigInt(bits - length);
  const at = (number: bigint): Prefix => {
    const all = new Uint8Array(16);
    all.set(Buffer.from(number.toString(16).padStart(bits / 4, '0'), 'hex'));
    return { family, bytes: all, length: bits };
  };
  return {
    inside: [value, value + size - 1n].map(at),
    outside: [value - 1n, value + size].filter((it) => it >= 0n && it < 1n << BigInt(bits)).map(at),
  };
}

describe('the table of all lists', () => {
  it('of no lists, and of empty ones, holds nobody', () => {
    for (const lists of [[], [EMPTY_COLUMNS], [EMPTY_COLUMNS, EMPTY_COLUMNS]]) {
      const { model } = build(lists);
      fc.assert(fc.property(prefixes, (it) => listOf(model, it) === undefined));
    }
  });

  for (const family of [4, 6] as const) {
    it(`IPv${family}: of each length, a network is found from its first address to its last, and no further`, () => {
      const random = new Random(family);
      for (let length = 0; length <= fullLength(family); length++) {
        const network = maskPrefix({ family, bytes: bytesOf(random, family), length });
        const { model } = build([EMPTY_COLUMNS, columnsOf([network])], random.u32());
        const { inside, outside } = edges(network);
        for (const it of inside)
          assert.equal(listOf(model, it), 1, `${formatPrefix(it)} of ${formatPrefix(network)}`);
        for (const it of outside) {
          assert.equal(listOf(model, it), undefined, `${formatPrefix(it)}, not of ${formatPrefix(network)}`);
        }
      }
    });
  }

  it('all lengths may be there at once', () => {
    const random = new Random(99);
    const apart = ([4, 6] as const).flatMap((family) =>
      Array.from({ length: fullLength(family) - 7 }, (_, index) => {
        const bytes = bytesOf(random, family);
        bytes[0] = index + 1; // one /8 or longer in each: none inside another
        return maskPrefix({ family, bytes, length: index + 8 });
      }),
    );
    const { model } = build([columnsOf(apart)]);
    for (const network of apart) {
      const { inside, outside } = edges(network);
      for (const it of inside) assert.equal(listOf(model, it), 0, formatPrefix(network));
      for (const it of outside) {
        const isListed = apart.some((other) => contains(other, it));
        assert.equal(listOf(model, it) !== undefined, isListed, `beside ${formatPrefix(network)}`);
      }
    }
  });

  it('of a network that several lists have, the first one counts', () => {
    const { model } = build([
      list('203.0.113.1'),
      list('203.0.113.1', '203.0.113.2', '198.51.100.0/24', '2001:db8::/32'),
      list('203.0.113.1', '203.0.113.2', '198.51.100.0/24', '2001:db8::/32', '2001:db8:1::1'),
    ]);
    assert.equal(listOf(model, prefixOf('203.0.113.1')), 0);
    assert.equal(listOf(model, prefixOf('203.0.113.2')), 1);
    assert.equal(listOf(model, prefixOf('198.51.100.9')), 1);
    assert.equal(listOf(model, prefixOf('2001:db8:9::')), 1);
  });

  for (const everybody of ['0.0.0.0/0', '::/0']) {
    it(`${everybody} is found, on the first list too, however full its line is`, () => {
      const { family } = prefixOf(everybody);
      const random = new Random(3);
      for (let round = 0; round < 40; round++) {
        const others = Array.from({ length: 200 }, () => ({
          family,
          bytes: bytesOf(random, family),
          length: fullLength(family),
        }));
        const { model } = build([list(everybody), list(everybody), columnsOf(others)], random.u32());
        for (let index = 0; index < 20; index++) {
          assert.equal(listOf(model, { family, bytes: bytesOf(random, family) }), 0);
        }
        assert.equal(listOf(model, prefixOf(family === 4 ? '::1' : '192.0.2.1')), undefined);
      }
    });
  }

  it('an address of zeros is an address', () => {
    const { model } = build([list('0.0.0.0', '::')]);
    for (const text of ['0.0.0.0', '::']) assert.equal(listOf(model, prefixOf(text)), 0);
    for (const text of ['0.0.0.1', '::1', '::1:0:0:0:0']) {
      assert.equal(listOf(model, prefixOf(text)), undefined);
    }
  });

  it('many addresses of one /64 are spread over all lines', () => {
    const builder = new PrefixColumnsBuilder();
    for (let number = 0; number < 3000; number++) builder.add6([0x2001_0db8, 0, 0, number], 128);
    const { table, model } = build([builder.finish()]);
    for (let number = 0; number < 3000; number++) {
      assert.equal(listOf(model, prefixOfWords(6, [0x2001_0db8, 0, 0, number], 128)), 0);
    }
    assert.equal(listOf(model, prefixOf('2001:db8::ffff')), undefined);
    // Half full lines of three: were they made anew, there would be more.
    assert.equal(field(table, listLayout.LIST_PLACE, listPlaceLayout.lines6), 2000);
  });

  it('the last list there may be has its number', () => {
    const lists = Array.from({ length: listLayout.LISTS_MAX }, (_, number) => list(`203.0.113.${number}`));
    const { model } = build(lists);
    for (const number of lists.keys()) assert.equal(listOf(model, prefixOf(`203.0.113.${number}`)), number);
  });

  for (const { family, lines } of [
    { family: 4, lines: 75 },
    { family: 6, lines: 200 },
  ] as const) {
    it(`IPv${family}: a table in which one place is too crowded is made anew, longer`, () => {
      const random = new Random(family);
      const crowd: Prefix[] = [];
      // All of them belong into the first line of a table for as many.
      while (crowd.length < 300) {
        const bytes = bytesOf(random, family);
        const length = fullLength(family);
        if (placeHash(SEED, family, bytes, length) < 2n ** 32n / BigInt(lines))
          crowd.push({ family, bytes, length });
      }
      const { table, model } = build([columnsOf(crowd)]);
      const { lines4, lines6 } = listPlaceLayout;
      assert.ok(field(table, listLayout.LIST_PLACE, family === 4 ? lines4 : lines6) > lines);
      for (const it of crowd) assert.equal(listOf(model, it), 0);
      for (let index = 0; index < 1000; index++) {
        assert.equal(listOf(model, { family, bytes: bytesOf(random, family) }), undefined);
      }
    });
  }

  it('is what the lists are, whatever they are', () => {
    const lists = fc.array(fc.array(prefixes, { maxLength: 40 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(lists, fc.array(prefixes, { maxLength: 20 }), fc.nat(0xffff_ffff), (all, others, seed) => {
        const { model } = build(all.map(columnsOf), seed);
        const asked = [...all.flat(), ...others].flatMap((it) => {
          const { inside, outside } = edges(it);
          return [...inside, ...outside];
        });
        for (const it of asked) {
          const holders = all.flatMap((networks, number) =>
            networks.some((network) => contains(network, it)) ? [number] : [],
          );
          const found = listOf(model, it);
          if (holders.length === 0) assert.equal(found, undefined, formatPrefix(it));
          else assert.ok(holders.includes(found!), `${formatPrefix(it)}: ${found}, not one of ${holders}`);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('vicinities of lists', () => {
  const bitsOf = (lists: readonly PrefixColumns[]) =>
    field(build(lists).table, listLayout.LIST_HEAD, listHeadLayout.vicinityBits);

  it('there are none without networks', () => {
    assert.equal(bitsOf([list('203.0.113.7', '2001:db8::/64', '2001:db8:1::1')]), 0);
  });

  it('there are some hundred for each network, within bounds', () => {
    const networks = (count: number) => {
      const builder = new PrefixColumnsBuilder();
      for (let index = 0; index < count; index++) builder.add4((0x0a00_0000 + index * 512) >>> 0, 24);
      return builder.finish();
    };
    assert.equal(bitsOf([networks(1)]), 16);
    assert.equal(bitsOf([networks(256)]), 16);
    assert.equal(bitsOf([networks(1000)]), 18);
    assert.equal(bitsOf([networks(1000), networks(1000)]), 19);
    assert.equal(bitsOf([networks(70_000)]), 24);
  });

  it('networks of IPv6 that are wider than any allocation are found', () => {
    const wide = Array.from({ length: 512 }, (_, number) =>
      prefixOfWords(6, [(number << 23) >>> 0, 0, 0, 0], 9),
    );
    const { model } = build([columnsOf(wide.filter((_, number) => number % 2))]);
    for (const [number, network] of wide.entries()) {
      assert.equal(listOf(model, edges(network).inside[1]!), number % 2 ? 0 : undefined);
    }
  });
});

function bytesOf(random: Random, family: 4 | 6): Uint8Array {
  const bytes = random.bytes(16);
  if (family === 4) bytes.fill(0, 4);
  return bytes;
}
