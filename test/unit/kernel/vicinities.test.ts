import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Vicinities } from '../../../src/kernel/vicinities.ts';
import { contains, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { prefixOf as prefixOfWords } from '../../../src/values/prefix-columns.ts';
import { prefixesOf } from '../../support/arbitrary-prefix.ts';
import { FrontModel, frontMemory } from '../../support/kernel-model/front.ts';

const SEED = 0xdecade;
const ALL = 65_536;

const prefixOf = (text: string): Prefix => parsePrefix(text)!;
/** The network of IPv4 that has this vicinity. */
const slash16 = (vicinity: number) => prefixOfWords(4, [vicinity * 65_536], 16);

function vicinities(seed = SEED) {
  const memory = frontMemory(1);
  const model = new FrontModel(memory, seed);
  return {
    kept: new Vicinities(memory.vicinities, seed),
    model,
    has: (address: string) => model.hasVicinity(prefixOf(address).family, prefixOf(address).bytes),
    count: (family: 4 | 6) =>
      Array.from({ length: ALL }, (_, vicinity) => model.vicinityBit(family, vicinity)).filter(Boolean)
        .length,
  };
}

describe('vicinities', () => {
  it('an address has a network in its vicinity as long as there is one', () => {
    const { kept, has } = vicinities();
    const [first, second] = [prefixOf('203.0.113.0/24'), prefixOf('203.0.64.0/18')];
    assert.equal(has('203.0.113.7'), false);
    kept.add(first);
    kept.add(second);
    assert.deepEqual(['203.0.113.7', '203.0.0.1', '203.1.113.7', '202.255.255.255'].map(has), [
      true,
      true,
      false,
      false,
    ]);
    kept.remove(first);
    assert.equal(has('203.0.113.7'), true, 'the other is there still');
    kept.remove(second);
    assert.equal(has('203.0.113.7'), false);
  });

  it('of IPv6 a vicinity is a /32, of which some may share a bit', () => {
    const { kept, has, count } = vicinities();
    kept.add(prefixOf('2001:db8:1::/48'));
    assert.equal(has('2001:db8:ffff::1'), true);
    assert.deepEqual([count(4), count(6)], [0, 1]);
    kept.remove(prefixOf('2001:db8:1::/48'));
    assert.equal(count(6), 0);
  });

  for (const { network, many, first, last, beyond } of [
    { network: '203.0.113.0/24', many: 1, first: '203.0.0.0', last: '203.0.255.255', beyond: '203.1.0.0' },
    { network: '203.0.0.0/16', many: 1, first: '203.0.0.0', last: '203.0.255.255', beyond: '203.1.0.0' },
    { network: '203.0.0.0/15', many: 2, first: '203.0.0.0', last: '203.1.255.255', beyond: '203.2.0.0' },
    { network: '203.0.0.0/8', many: 256, first: '203.0.0.0', last: '203.255.255.255', beyond: '204.0.0.0' },
    { network: '128.0.0.0/8', many: 256, first: '128.0.0.0', last: '128.255.255.255', beyond: '127.0.0.1' },
  ]) {
    it(`${network} has ${many}`, () => {
      const { kept, has, count } = vicinities();
      kept.add(prefixOf(network));
      assert.deepEqual([has(first), has(last), has(beyond), count(4)], [true, true, false, many]);
      kept.remove(prefixOf(network));
      assert.equal(count(4), 0);
    });
  }

  for (const wide of ['0.0.0.0/0', '128.0.0.0/1', '202.0.0.0/7', '::/0', '2000::/3', '2001:c00::/23']) {
    it(`${wide} has all, until it is removed; what others have stays`, () => {
      const { kept, count } = vicinities();
      const { family } = prefixOf(wide);
      const other = prefixOf(family === 4 ? '203.0.113.0/24' : '2001:db8:1::/48');
      kept.add(prefixOf(wide));
      kept.add(other);
      kept.add(prefixOf(wide));
      assert.deepEqual([count(family), count(family === 4 ? 6 : 4)], [ALL, 0]);
      kept.remove(prefixOf(wide));
      assert.equal(count(family), ALL, 'it was there twice');
      kept.remove(prefixOf(wide));
      assert.equal(count(family), 1);
      kept.remove(other);
      assert.equal(count(family), 0);
    });
  }

  it('removing a narrow network takes nothing from a wide one', () => {
    const { kept, count } = vicinities();
    kept.add(prefixOf('203.0.113.0/24'));
    kept.add(prefixOf('0.0.0.0/0'));
    kept.remove(prefixOf('203.0.113.0/24'));
    assert.equal(count(4), ALL);
    kept.remove(prefixOf('0.0.0.0/0'));
    assert.equal(count(4), 0);
  });

  it('what is expected is looked for everywhere, and for good: networks go that were never added', () => {
    const { kept, count } = vicinities();
    kept.expect(6);
    kept.add(prefixOf('2001:db8:1::/48'));
    for (const gone of ['2001:db8:1::/48', '2001:db8:2::/48', '2001::/16']) kept.remove(prefixOf(gone));
    assert.deepEqual([count(4), count(6)], [0, ALL]);
  });

  it('whatever comes and goes, a bit of IPv4 is set exactly as long as a network has it', () => {
    const step = fc.record({ network: prefixesOf(4, 4), add: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { kept, model } = vicinities();
        const there: Prefix[] = [];
        for (const { network, add } of steps) {
          if (add) {
            kept.add(network);
            there.push(network);
          } else {
            const [gone] = there.splice(0, 1);
            if (gone) kept.remove(gone);
          }
        }
        for (let vicinity = 0; vicinity < ALL; vicinity += 61) check(vicinity);
        for (const { network } of steps) check((network.bytes[0]! << 8) | network.bytes[1]!);

        function check(vicinity: number): void {
          const around = slash16(vicinity);
          const expected = there.some(
            (network) => network.length < 8 || contains(network, around) || contains(around, network),
          );
          assert.equal(model.vicinityBit(4, vicinity), expected, `vicinity ${vicinity}`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('whatever comes and goes, networks of IPv6 that are there are looked for, and in the end no bit is left', () => {
    const step = fc.record({ network: prefixesOf(6, 20), add: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        (steps, seed) => {
          const { kept, model, count } = vicinities(seed);
          const there: Prefix[] = [];
          for (const { network, add } of steps) {
            if (add) {
              kept.add(network);
              there.push(network);
            } else {
              const [gone] = there.splice(0, 1);
              if (gone) kept.remove(gone);
            }
            for (const { bytes } of there) assert.ok(model.hasVicinity(6, bytes));
          }
          for (const network of there) kept.remove(network);
          assert.equal(count(6), 0);
        },
      ),
      { numRuns: 40 },
    );
  });
});
