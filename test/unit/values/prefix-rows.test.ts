import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { PrefixRows } from '../../../src/values/prefix-rows.ts';

const prefix = (text: string): Prefix => parsePrefix(text)!;

/** Few enough to meet again, and alike enough to be taken for each other. */
const texts = fc.constantFrom(
  ...['0.0.0.0/0', '0.0.0.0', '1.0.0.0/8', '1.0.0.0/24', '1.0.0.0', '1.0.0.1', '255.255.255.255'],
  ...['::/0', '::', '100::/8', '100::', '2001:db8::/32', '2001:db8::/64', '2001:db8::1', '2001:db8:0:1::/64'],
  ...Array.from({ length: 40 }, (_, index) => `198.51.100.${index}`),
);

describe('prefixes by row', () => {
  test('are found as in a Map, whatever came and went, and no two have one row', () => {
    const step = fc.record({ text: texts, isThere: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 64 }), (steps, room) => {
        const rows = new PrefixRows(room);
        const model = new Map<string, number>();
        for (const { text, isThere } of steps) {
          const known = rows.find(prefix(text));
          assert.equal(known, model.get(text));
          if (isThere && known === undefined) model.set(text, rows.add(prefix(text)));
          if (!isThere && known !== undefined) {
            rows.delete(known);
            model.delete(text);
            assert.equal(rows.has(known), false);
          }
          assert.equal(rows.size, model.size);
          assert.ok(rows.size <= rows.room);
        }
        assert.equal(new Set(model.values()).size, model.size);
        for (const [text, row] of model) {
          assert.ok(row < rows.room && rows.has(row));
          assert.equal(rows.find(prefix(text)), row);
          assert.equal(formatPrefix(rows.prefixOf(row)), text);
        }
      }),
    );
  });

  test('take the rows of those that have gone before they ask for more room', () => {
    const rows = new PrefixRows(4);
    for (let count = 0; count < 1000; count++) rows.delete(rows.add(prefix('192.0.2.1')));
    assert.equal(rows.room, 4);
  });
});
