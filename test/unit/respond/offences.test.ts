/** Who was blocked before, and how much longer that makes the next block. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { RemovalCause } from '../../../src/respond/blocks.ts';
import { Offences } from '../../../src/respond/offences.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';

const prefix = (text: string): Prefix => parsePrefix(text)!;
const SCANNER = prefix('198.51.100.66');
const MINUTE_MS = 60_000;
const MINUTE_NS = 60e9;
const HOUR_NS = 3600e9;
const STEPS = {
  factor: 4,
  capMs: 60 * MINUTE_MS,
  unprovenCapMs: 10 * MINUTE_MS,
  forgetAfterMs: 120 * MINUTE_MS,
};

function make({ escalation = STEPS as typeof STEPS | undefined, capacity = 100 } = {}) {
  let nowNs = 0;
  const told: string[] = [];
  const forged = new Set<string>();
  const offences = new Offences({
    escalation,
    capacity,
    nowNs: () => nowNs,
    isProven: (source) => !forged.has(source),
    changed: (source, offence) => told.push(`${source} ${offence?.count ?? 'none'}`),
  });
  const minutes = (what = SCANNER) => offences.durationMs(what, MINUTE_MS) / MINUTE_MS;
  const block = (what = SCANNER, origin: 'local' | 'operator' = 'local', expiresNs?: number) => {
    const source = formatPrefix(what);
    offences.blocked({
      prefix: what,
      source,
      origin,
      expiresNs: expiresNs ?? nowNs + minutes(what) * MINUTE_NS,
    });
  };
  return {
    offences,
    forged,
    told,
    minutes,
    block,
    end: (cause: RemovalCause) => offences.ended({ prefix: SCANNER, source: formatPrefix(SCANNER) }, cause),
    advance: (ns: number) => {
      nowNs += ns;
    },
  };
}

describe('offences', () => {
  test('of a source that may be forged make no block long, however many there are', () => {
    const { block, minutes, advance, forged } = make();
    forged.add(formatPrefix(SCANNER));
    const lasted = [];
    for (let round = 0; round < 5; round++) {
      lasted.push(minutes());
      block();
      advance(minutes() * MINUTE_NS);
    }
    assert.deepEqual(lasted, [1, 4, 10, 10, 10]);
    forged.clear();
    assert.equal(minutes(), 60, 'once it is proven, they all count');
  });

  test('of a rule that blocks for longer by itself leave it so', () => {
    const { offences, block, forged } = make();
    forged.add(formatPrefix(SCANNER));
    block();
    assert.equal(offences.durationMs(SCANNER, 30 * MINUTE_MS), 30 * MINUTE_MS);
  });

  test('make each block longer than the last, up to the cap', () => {
    const { block, minutes, advance, told } = make();
    const lasted = [];
    for (let round = 0; round < 6; round++) {
      lasted.push(minutes());
      block();
      advance(minutes() * MINUTE_NS);
    }
    assert.deepEqual(lasted, [1, 4, 16, 60, 60, 60]);
    assert.equal(told.at(-1), '198.51.100.66 6');
    assert.equal(minutes(prefix('198.51.100.67')), 1, 'of that source alone');
  });

  test('leave a rule that blocks for longer than the cap as it is', () => {
    const { offences, block, advance } = make();
    block();
    advance(MINUTE_NS);
    assert.equal(offences.durationMs(SCANNER, 90 * MINUTE_MS), 90 * MINUTE_MS);
  });

  test('are one as long as the block lasts, whatever renews it', () => {
    const { block, minutes, advance, told } = make();
    block();
    advance(MINUTE_NS / 2);
    assert.equal(minutes(), 1);
    block();
    assert.deepEqual(told, ['198.51.100.66 1', '198.51.100.66 1']);
    advance(MINUTE_NS);
    assert.equal(minutes(), 4);
  });

  test('are forgotten so long after the last block, and not during one', () => {
    const { block, minutes, advance } = make();
    block(SCANNER, 'local', 10 * HOUR_NS);
    advance(12 * HOUR_NS - 1);
    assert.equal(minutes(), 4);
    advance(1);
    assert.equal(minutes(), 1);
    block();
    advance(MINUTE_NS);
    assert.equal(minutes(), 4, 'and then begin anew');
  });

  test('are none when a person lifts the block, or has made it', () => {
    const { block, minutes, end, told, advance } = make();
    block();
    end('lifted');
    assert.deepEqual([minutes(), told.at(-1)], [1, '198.51.100.66 none']);
    block(SCANNER, 'operator');
    advance(MINUTE_NS);
    assert.equal(minutes(), 1);
  });

  test('are one less, and not none, when it turns out that the last block should not have been', () => {
    const { block, minutes, end, told, advance } = make();
    block();
    advance(MINUTE_NS);
    block();
    end('guarded');
    assert.deepEqual([minutes(), told.at(-1)], [4, '198.51.100.66 1']);
    const first = make();
    first.block();
    first.end('guarded');
    assert.deepEqual([first.minutes(), first.told.at(-1)], [1, '198.51.100.66 none']);
  });

  test('end with a block that made room for another', () => {
    const { offences, minutes, end } = make();
    offences.blocked({ prefix: SCANNER, source: '198.51.100.66', origin: 'local', expiresNs: undefined });
    assert.equal(minutes(), 1, 'it is blocked');
    end('displaced');
    assert.equal(minutes(), 4);
  });

  test('change nothing when they are off', () => {
    const { offences, told, advance } = make({ escalation: undefined });
    const off = new Offences({
      escalation: undefined,
      capacity: 10,
      nowNs: () => 0,
      isProven: () => true,
      changed: (source) => told.push(source),
    });
    off.blocked({ prefix: SCANNER, source: '198.51.100.66', origin: 'local', expiresNs: 1 });
    advance(MINUTE_NS);
    assert.deepEqual([off.durationMs(SCANNER, 7), off.size, told, offences.size], [7, 0, [], 0]);
  });

  test('of an earlier run count, unless more is known', () => {
    const { offences, minutes, block, advance } = make();
    offences.recall(SCANNER, { count: 2, untilNs: -MINUTE_NS });
    assert.equal(minutes(), 16);
    block();
    offences.recall(SCANNER, { count: 1, untilNs: 0 });
    advance(16 * MINUTE_NS);
    assert.equal(minutes(), 60);
  });

  test('are remembered of so many at most: who was not blocked for longest is forgotten, and counted', async () => {
    const { offences, block, minutes, advance, told } = make({ capacity: 2 });
    const [a, b, c] = ['198.51.100.1', '198.51.100.2', '2001:db8::/64'].map(prefix) as [
      Prefix,
      Prefix,
      Prefix,
    ];
    for (const each of [a, b]) block(each);
    advance(MINUTE_NS);
    block(a);
    block(c);
    assert.deepEqual([offences.size, offences.forgotten], [2, 1]);
    advance(16 * MINUTE_NS);
    assert.deepEqual([a, b, c].map(minutes), [16, 1, 4]);
    assert.ok(told.includes('198.51.100.2 none'));
    const all: string[] = [];
    for await (const portion of offences.inPortions()) all.push(...portion.map(({ source }) => source));
    assert.deepEqual(all.sort(), ['198.51.100.1', '2001:db8::/64']);
  });

  test('never make a block shorter, nor longer than the cap', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(200)), { maxLength: 40 }), (rounds) => {
        const { offences, block, advance } = make();
        for (const [durationMinutes, pauseMinutes] of rounds) {
          const first = durationMinutes * MINUTE_MS;
          const lasts = offences.durationMs(SCANNER, first);
          assert.ok(lasts >= first && lasts <= Math.max(first, STEPS.capMs), `${lasts} of ${first}`);
          block();
          advance(pauseMinutes * MINUTE_NS);
        }
      }),
    );
  });
});
