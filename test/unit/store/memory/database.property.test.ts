/** What is written is what is there, whatever comes in whatever batches, after a boot as well. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BlockRow, OffenceRow, TrailRow } from '../../../../src/store/memory/rows.ts';
import { batchOf, blocksIn, directoryOf, HOUR_NS, moment, openAt } from './scene.ts';

const source = fc.constantFrom(
  '198.51.100.1',
  '198.51.100.0/24',
  '2001:db8::/64',
  '203.0.113.9',
  'no prefix',
);
const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true });
/** Whole milliseconds, as the wall clock has them, so that a boot changes none. */
const time = fc.integer({ min: 0, max: 1_000_000 }).map((ms) => ms * 1e6);
/** Nothing begins later than it is written. */
const AFTER_NS = 1_000_000e6;
/** SQLite takes text for UTF-8: what is none does not come from anywhere here. */
const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const facts = {
  address: fc.constantFrom('198.51.100.1', '2001:db8::5'),
  protocol: fc.constantFrom('tcp', 'udp'),
  port: fc.integer({ min: 0, max: 65_535 }),
};
const evidence = fc.oneof(plain(facts), plain({ ...facts, isProven: fc.constant(true as const) }));
const row = plain({
  origin: fc.constantFrom('local', 'operator'),
  reason: text,
  evidence: fc.option(evidence),
  addedNs: time,
  untilNs: fc.option(time.map((ns) => ns + HOUR_NS)),
});
const blockChange = fc
  .tuple(source, fc.option(row))
  .map(([name, it]) => [name, it && { source: name, ...it }] as const);
const offence = plain({ count: fc.integer({ min: 1, max: 255 }), untilNs: fc.option(time) });
const offenceChange = fc
  .tuple(source, fc.option(offence))
  .map(([name, it]) => [name, it && { source: name, ...it }] as const);
const pastMs = fc.integer({ min: 0, max: 500_000 });
const trail = plain({
  firstNs: pastMs.map((ms) => ms * 1e6),
  lastNs: pastMs.map((ms) => (500_000 + ms) * 1e6),
  probes: fc.nat(),
  isProven: fc.boolean(),
  storyNs: fc.option(time),
  storyTotal: fc.nat(),
  isOnProbation: fc.boolean(),
  answeredAfterMs: fc.option(fc.integer()),
  pardonedAfterMs: fc.option(fc.integer()),
  touches: text,
});
const trailChange = fc
  .tuple(source, fc.option(trail))
  .map(([name, it]) => [name, it && { source: name, ...it }] as const);
const batch = fc.record({
  blocks: fc.array(blockChange),
  offences: fc.array(offenceChange),
  trails: fc.array(trailChange),
});

function follow<Row>(model: Map<string, Row>, changes: readonly (readonly [string, Row | null])[]): void {
  for (const [name, it] of changes) {
    model.delete(name);
    if (it) model.set(name, it);
  }
}

test('what is written is what is there', (t) => {
  const directory = directoryOf(t);
  let run = 0;
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 5 }), fc.boolean(), (batches, boots) => {
      const path = join(directory, `${run++}.db`);
      const blocks = new Map<string, BlockRow>();
      const offences = new Map<string, OffenceRow>();
      const trails = new Map<string, TrailRow>();
      const first = openAt(path, moment(AFTER_NS));
      for (const each of batches) {
        first.write(batchOf(each), moment(AFTER_NS));
        follow(blocks, each.blocks);
        follow(offences, each.offences);
        follow(trails, each.trails);
      }
      first.close();
      const second = openAt(path, moment(AFTER_NS, { boot: boots ? 'two' : 'one' }));
      assert.deepEqual(blocksIn(second), [...blocks.values()], 'blocks, the oldest change first');
      const bySource = (a: { source: string }, b: { source: string }) => (a.source < b.source ? -1 : 1);
      assert.deepEqual(second.offencesAfter(''), [...offences.values()].sort(bySource));
      const ofThisBoot = (it: TrailRow) => (boots ? { ...it, storyNs: null } : it);
      assert.deepEqual(second.trailsAfter(''), [...trails.values()].map(ofThisBoot).sort(bySource));
      second.close();
    }),
    { numRuns: 50 },
  );
});
