import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../../scripts/packets/random.ts';
import { filterLines } from '../../../src/kernel/block-front.ts';
import { keyHash, shareOf } from '../../../src/kernel/filter.ts';
import {
  COARSE_WORDS_MAX,
  layOut,
  roomIn,
  setInSieves,
  sieveValue,
  sieveWords,
} from '../../../src/kernel/sieves.ts';
import { listLayout } from '../../../src/kernel/wire.generated.ts';
import { prefixOf } from '../../../src/values/prefix-columns.ts';
import { filterHas, filterHash, tag, wordsOf } from '../../support/kernel-model/filter.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe('the share that a hash has of a number', () => {
  it('is exact, also where the product is more than a double holds', () => {
    assert.equal(shareOf(0xd13e_db41, 4_999_999), 4_086_825);
    fc.assert(
      fc.property(u32, u32, (hash, count) => {
        assert.equal(BigInt(shareOf(hash, count)), (BigInt(hash) * BigInt(count)) >> 32n);
      }),
    );
  });
});

describe('the hash of a key', () => {
  it('is the one that the program computes', () => {
    const length4 = fc.integer({ min: 0, max: 32 });
    const length6 = fc.integer({ min: 0, max: 128 });
    fc.assert(
      fc.property(u32, u32, u32, length4, length6, (seed, high, low, of4, of6) => {
        const bytes4 = prefixOf(4, [high], of4).bytes;
        const bytes6 = prefixOf(6, [high, low, 7, 8], of6).bytes;
        assert.equal(BigInt(keyHash(seed, 4, of4, high, 0)), filterHash(seed, wordsOf(4, bytes4), of4));
        assert.equal(
          BigInt(keyHash(seed, 6, of6, high, low)),
          filterHash(seed, wordsOf(6, bytes6), tag(6, Math.min(of6, 64))),
        );
      }),
    );
  });
});

describe('sieves', () => {
  it('both filters of a block table fit the memory that it is given, for every number of keys up to its capacity', () => {
    const capacity = fc.integer({ min: 1, max: 4_000_000 });
    fc.assert(
      fc.property(capacity, fc.double({ min: 0, max: 1, noNaN: true }), (blocks, share) => {
        const half = (filterLines(blocks) / 2) * listLayout.LINE_WORDS;
        assert.ok(Number.isInteger(half) && half % listLayout.LINE_WORDS === 0);
        for (const keys of [1, Math.ceil(blocks * share), blocks]) {
          const { coarse, fine } = sieveWords(keys);
          assert.ok(coarse + fine <= half, `${keys} keys of ${blocks}`);
        }
      }),
    );
  });

  it('the coarse one never grows out of the cache; a fine one comes when it is too small', () => {
    for (const [keys, words] of [
      [0, { coarse: 64, fine: 0 }],
      [128, { coarse: 64, fine: 0 }],
      [131_072, { coarse: COARSE_WORDS_MAX, fine: 0 }],
      [131_073, { coarse: COARSE_WORDS_MAX, fine: 65_537 }],
      [1_000_000, { coarse: COARSE_WORDS_MAX, fine: 500_000 }],
    ] as const) {
      assert.deepEqual(sieveWords(keys), words);
    }
  });

  it('as many keys as they were laid out for are never a crowd', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000 }), (keys) => roomIn(layOut(keys, 0)) >= 2 * keys),
    );
  });

  it('one lies behind the other, and what is published says where', () => {
    const { coarse, fine } = layOut(1_000_000, 4096);
    assert.deepEqual(
      [coarse, fine],
      [
        { first: 4096, words: 65_536 },
        { first: 69_632, words: 500_000 },
      ],
    );
    assert.equal(sieveValue(coarse), (4096n << 32n) | 65_536n);
    assert.equal(sieveValue(layOut(1, 4096).fine), 0n, 'no fine one');
  });

  for (const { says, keys, first, mostFalse } of [
    { says: 'a coarse one alone', keys: 20_000, first: 0, mostFalse: 0.02 },
    { says: 'a coarse one alone, in the middle of its memory', keys: 20_000, first: 12_345, mostFalse: 0.02 },
    { says: 'with a fine one', keys: 200_000, first: 64, mostFalse: 0.01 },
  ]) {
    it(`${says}: each key is found, few others are, and nothing is written outside`, () => {
      const sieves = layOut(keys, first);
      const end = first + sieves.coarse.words + sieves.fine.words;
      const memory = new Uint32Array((end + 100) * 2);
      const random = new Random(keys + first);
      const words = new BigUint64Array(memory.buffer);
      const has = (hash: number) =>
        filterHas(words, sieveValue(sieves.coarse), sieveValue(sieves.fine), BigInt(hash));
      const hashes = Array.from({ length: keys }, () => keyHash(1, 4, 32, random.u32(), 0));
      for (const hash of hashes) setInSieves(memory, sieves, hash);

      assert.ok(hashes.every((hash, index) => index % 17 !== 0 || has(hash)));
      assert.ok(words.subarray(0, first).every((word) => word === 0n));
      assert.ok(words.subarray(end).every((word) => word === 0n));
      let found = 0;
      for (let index = 0; index < 20_000; index++) {
        if (has(keyHash(1, 4, 32, random.u32(), 0))) found++;
      }
      assert.ok(found < 20_000 * mostFalse, `${found} of 20,000 found by mistake`);
    });
  }

  it('keys of all kinds spread over all words', () => {
    const sieves = layOut(20_000, 0);
    const memory = new Uint32Array(sieves.coarse.words * 2);
    // One network after the other: what a list has, and what a weak hash would heap together.
    for (let index = 0; index < 20_000; index++) {
      setInSieves(memory, sieves, keyHash(0, 4, 24, (0x0a00_0000 + index * 256) >>> 0, 0));
    }
    const words = new BigUint64Array(memory.buffer);
    const empty = words.filter((word) => word === 0n).length / words.length;
    assert.ok(empty < 0.25, `${empty} of the words are empty`); // two keys a word at random: e^-2 = 0.14
  });
});
