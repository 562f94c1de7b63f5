import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contains, formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { wordsOf } from '../../../src/values/prefix-columns.ts';
import { prefixes } from '../../support/arbitrary-prefix.ts';
import { guard, read } from './read.ts';

/** One text of many that a network has: with bits behind the length, groups written out, capital letters. */
const texts = fc.tuple(prefixes, fc.nat(3), fc.boolean()).map(([network, style, isLoud]) => {
  const { family, bytes, length } = network;
  if (family === 4 || style === 0) return formatPrefix(network);
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[at * 2]! << 8) | bytes[at * 2 + 1]!).toString(16),
  );
  const padded = style === 1 ? groups.map((group) => group.padStart(4, '0')) : groups;
  const text = `${padded.join(':')}/${length}`;
  return isLoud ? text.toUpperCase() : text;
});
/** What looks like an address, and seldom is one. */
const nearly = fc.stringMatching(/^[0-9a-f:./]{0,44}$/);

const mayBeIn = (network: Prefix): boolean =>
  (network.family === 4
    ? guard.objection4(wordsOf(network)[0]!, network.length)
    : guard.objection6(wordsOf(network), network.length)) === undefined;

test('property: a line is read as parsePrefix reads it, or not at all', () => {
  fc.assert(
    fc.property(fc.oneof(texts, nearly, fc.ipV6(), fc.ipV4()), (text) => {
      const network = parsePrefix(text);
      const { networks, bad } = read(`# x\n198.18.0.0/15\n${text}\n`, 'plain');
      assert.equal(bad, network || text === '' ? 0 : 1);
      const within = (each: string) => each !== '198.18.0.0/15';
      if (!network || !mayBeIn(network)) assert.deepEqual(networks, ['198.18.0.0/15']);
      else if (contains(network, parsePrefix('198.18.0.0/15')!))
        assert.deepEqual(networks, [formatPrefix(network)]);
      else if (contains(parsePrefix('198.18.0.0/15')!, network))
        assert.deepEqual(networks.filter(within), []);
      else assert.deepEqual(networks.filter(within), [formatPrefix(network)]);
    }),
    { numRuns: 3000 },
  );
});

test('property: a list is the same in whatever pieces it comes', () => {
  const line = fc.oneof(
    texts,
    nearly,
    fc.constantFrom('', '# comment', '\r', 'x'.repeat(5000)),
    fc.string({ maxLength: 80 }),
  );
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 20 }),
      fc.array(fc.nat(200), { maxLength: 20 }),
      fc.constantFrom('plain', 'spamhaus', undefined),
      (lines, cuts, format) => {
        const bytes = Buffer.from(lines.join('\n'));
        const pieces: Uint8Array[] = [];
        let from = 0;
        for (const cut of cuts) {
          pieces.push(bytes.subarray(from, from + cut));
          from += cut;
        }
        pieces.push(bytes.subarray(from));
        const result = (all: readonly Uint8Array[]) => {
          try {
            return read(all, format);
          } catch (error) {
            return (error as Error).message;
          }
        };
        assert.deepEqual(result(pieces), result([bytes]));
      },
    ),
  );
});

test('property: a range holds its addresses and no others', () => {
  const start = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(start, fc.nat(3000), (offset, size) => {
      const first = 0xc612_0000 + offset; // 198.18.0.0/15, which ends 131,072 addresses on
      const last = first + size;
      const text = (address: number) => [24, 16, 8, 0].map((bits) => (address >>> bits) & 255).join('.');
      const { networks } = read(`${text(first)}-${text(last)}`);
      let next = first;
      for (const network of networks.map((each) => parsePrefix(each)!)) {
        assert.equal(wordsOf(network)[0], next);
        next += 2 ** (32 - network.length);
      }
      assert.equal(next, last + 1);
      assert.ok(networks.length <= 62);
    }),
  );
});
