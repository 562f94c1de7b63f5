/** The ignore list and the guarded addresses in one table, where the longest prefix that holds an address decides. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodePrefix } from '../../../src/kernel/decode.ts';
import { exemptEntries } from '../../../src/kernel/fill.ts';
import { ignore } from '../../../src/kernel/wire.generated.ts';
import { contains, formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';

const prefixes = (...texts: string[]): Prefix[] => texts.map((text) => parsePrefix(text)!);
const WORDS: Readonly<Record<number, string>> = { [ignore.IGNORED]: 'ignored', [ignore.GUARDED]: 'guarded' };
const numberIn = (value: Uint8Array) => new Uint32Array(value.slice().buffer)[0]!;
const keyOf = (key: Uint8Array) => Buffer.from(key).toString('hex');

/** What the table holds, in words. */
function tableOf(ignored: readonly Prefix[], guarded: readonly Prefix[]): Map<string, string | undefined> {
  const entries = exemptEntries(ignored, guarded);
  const names = new Map([...ignored, ...guarded].map((it) => [keyOf(encodePrefix(it)), formatPrefix(it)]));
  return new Map(entries.map(({ key, value }) => [names.get(keyOf(key))!, WORDS[numberIn(value)]]));
}

describe('the table of exempt sources', () => {
  const cases: readonly (readonly [says: string, ignored: string[], guarded: string[], table: string[]])[] = [
    // Guarded addresses come first: should the table be full, it is the ignore list that is cut short.
    ['has both', ['192.0.2.0/24'], ['198.51.100.1'], ['198.51.100.1 guarded', '192.0.2.0/24 ignored']],
    ['who is both is ignored', ['198.51.100.1'], ['198.51.100.1'], ['198.51.100.1 ignored']],
    ['also by a network', ['198.51.100.0/24'], ['198.51.100.1'], ['198.51.100.0/24 ignored']],
    [
      'an ignored address within a guarded network stands beside it',
      ['127.0.0.53'],
      ['127.0.0.0/8'],
      ['127.0.0.0/8 guarded', '127.0.0.53 ignored'],
    ],
    [
      'families are apart',
      ['::/0'],
      ['198.51.100.1', '2001:db8::1'],
      ['198.51.100.1 guarded', '::/0 ignored'],
    ],
    ['is empty for nobody', [], [], []],
  ];
  for (const [says, ignored, guarded, table] of cases) {
    test(says, () => {
      const entries = [...tableOf(prefixes(...ignored), prefixes(...guarded))];
      assert.deepEqual(
        entries.map((entry) => entry.join(' ')),
        table,
      );
    });
  }

  test('whoever is in either list is exempt, and ignored if in the ignore list', () => {
    const address = fc
      .tuple(fc.constantFrom(10, 11), fc.nat(3), fc.nat(3))
      .map((bytes) => `${bytes.join('.')}.1`);
    const network = fc
      .tuple(address, fc.integer({ min: 6, max: 32 }))
      .map(([text, length]) => parsePrefix(`${text}/${length}`)!);
    const lists = {
      ignored: fc.array(network, { maxLength: 6 }),
      guarded: fc.array(network, { maxLength: 6 }),
      address,
    };
    fc.assert(
      fc.property(fc.record(lists), ({ ignored, guarded, address: text }) => {
        const one = parsePrefix(text)!;
        const table = [...tableOf(ignored, guarded)].map(([name, word]) => ({
          prefix: parsePrefix(name)!,
          word,
        }));
        const [longest] = table
          .filter(({ prefix }) => contains(prefix, one))
          .sort((a, b) => b.prefix.length - a.prefix.length);
        const isIgnored = ignored.some((it) => contains(it, one));
        const isGuarded = guarded.some((it) => contains(it, one));
        assert.equal(longest?.word, isIgnored ? 'ignored' : isGuarded ? 'guarded' : undefined);
      }),
      { numRuns: 1000 },
    );
  });
});
