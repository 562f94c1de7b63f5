import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makePace } from '../../../src/store/pace.ts';
import { unhurried } from '../../../src/store/unhurried.ts';

describe('a costly job', () => {
  for (const [tookMs, restMs] of [
    [0, 1000],
    [50, 1000],
    [51, 1020],
    [300, 6000],
  ] as const) {
    test(`that took ${tookMs} ms is due again after ${restMs}`, async () => {
      let nowMs = 5;
      const pace = makePace(() => nowMs);
      assert.equal(pace.restMs(), 0);
      await pace.run(async () => {
        nowMs += tookMs;
      });
      assert.equal(pace.restMs(), restMs);
      nowMs += restMs - 1;
      assert.equal(pace.restMs(), 1);
      nowMs += 10;
      assert.equal(pace.restMs(), 0);
    });
  }
  test('that fails does so for the caller, and has cost as much', async () => {
    let nowMs = 0;
    const pace = makePace(() => nowMs);
    const failing = pace.run(async () => {
      nowMs += 100;
      throw new Error('no');
    });
    await assert.rejects(failing, /^Error: no$/);
    assert.equal(pace.restMs(), 2000);
  });
});

describe('a long loop', () => {
  test('lets the event loop have its turn, and leaves nothing out', async () => {
    let sinceTurn = 0;
    let most = 0;
    let isOver = false;
    const turn = () => {
      sinceTurn = 0;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const seen: number[] = [];
    const items = Array.from({ length: 10_500 }, (_, index) => index);
    await unhurried(items, (item) => {
      seen.push(item);
      most = Math.max(most, ++sinceTurn);
    });
    isOver = true;
    assert.deepEqual(seen, items);
    assert.ok(most <= 2000, `${most} without a turn`);
  });
  test('ends with what a step throws', async () => {
    const steps: number[] = [];
    const loop = unhurried([1, 2, 3], (item) => {
      steps.push(item);
      if (item === 2) throw new Error('two');
    });
    await assert.rejects(loop, /two/);
    assert.deepEqual(steps, [1, 2]);
  });
});
