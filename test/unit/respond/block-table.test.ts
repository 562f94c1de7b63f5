import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Block } from '../../../src/respond/block.ts';
import { BlockTable } from '../../../src/respond/block-table.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';

const sources = ['192.0.2.1', '192.0.2.2', '198.51.100.0/24', '2001:db8::/64', '2001:db8:1::/64', 'fe80::1'];

const evidence = fc.option(
  fc.record(
    {
      address: fc.constantFrom('192.0.2.1', '2001:db8::7', 'fe80::1'),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      port: fc.integer({ min: 0, max: 65_535 }),
    },
    { noNullPrototype: true },
  ),
  { nil: undefined },
);

const blocks: fc.Arbitrary<Block> = fc
  .record({
    source: fc.constantFrom(...sources),
    origin: fc.constantFrom('local' as const, 'operator' as const),
    reason: fc.string({ maxLength: 8 }),
    addedNs: fc.integer({ min: 0, max: 1000 }),
    expiresNs: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    evidence,
  })
  .map((block) => {
    const prefix = parsePrefix(block.source)!;
    return { ...block, prefix };
  });

const isEndless = ({ origin, expiresNs }: Block) => origin === 'local' && expiresNs === undefined;

describe('the table of blocks', () => {
  test('keeps what a Map of objects would keep, in its order', () => {
    const step = fc.oneof(blocks, fc.constantFrom(...sources));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, room) => {
        const table = new BlockTable(room);
        const model = new Map<string, Block>();
        for (const wanted of steps) {
          const source = typeof wanted === 'string' ? wanted : wanted.source;
          model.delete(source);
          if (typeof wanted === 'string') {
            table.delete(parsePrefix(wanted)!);
          } else {
            table.set(wanted);
            model.set(source, wanted);
          }
          const all = [...model.values()];
          assert.deepEqual([...table], all);
          assert.deepEqual(
            [...table.places()].map((place) => table.at(place)),
            all,
          );
          assert.equal(table.size, model.size);
          assert.deepEqual(table.get(parsePrefix(source)!), model.get(source));
          assert.deepEqual(table.oldestEndless, all.find(isEndless));
          for (const origin of ['local', 'operator'] as const) {
            const count = all.filter((it) => it.origin === origin && it.prefix.family === 6).length;
            assert.equal(table.count(origin, 'ipv6'), count);
          }
        }
      }),
    );
  });

  test('hands out those that have ended, the first first, and no others', () => {
    fc.assert(
      fc.property(fc.array(blocks, { maxLength: 30 }), fc.integer({ min: 0, max: 60 }), (wanted, nowNs) => {
        const table = new BlockTable(2);
        for (const block of wanted) table.set(block);
        const due = [...table].flatMap(({ expiresNs }) => expiresNs ?? []).filter((endNs) => endNs <= nowNs);
        const ended: number[] = [];
        for (let block = table.ended(nowNs); block; block = table.ended(nowNs)) {
          assert.equal(table.endOf(block.prefix), block.expiresNs);
          ended.push(block.expiresNs!);
          table.delete(block.prefix);
        }
        assert.deepEqual(
          ended,
          due.sort((a, b) => a - b),
        );
      }),
    );
  });

  test('has nothing at a place that is free again', () => {
    const table = new BlockTable(2);
    const block = fc.sample(blocks, 1)[0]!;
    table.set(block);
    const [place] = table.places();
    table.delete(block.prefix);
    assert.equal(table.at(place!), undefined);
    assert.equal(table.endOf(block.prefix), undefined);
    assert.equal(formatPrefix(block.prefix), block.source);
  });
});
