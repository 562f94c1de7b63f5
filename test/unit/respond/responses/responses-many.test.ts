import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Bench, caseOf, settled } from './fakes.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe('responses to many sources', () => {
  test('wait for a slow script only with their own command', async () => {
    const it = bench.responses({ concurrency: 3 });
    for (let index = 0; index < 50; index++) it.answer(caseOf(index));
    for (let index = 0; index < 50; index++) {
      await settled();
      assert.equal(
        bench.effects.commands.filter(({ text }) => text.startsWith('route')).length,
        1,
        'one by one',
      );
      bench.effects.finish(`route ${caseOf(index).address}`);
    }
    await settled();
    assert.equal(bench.effects.denied.size, 50);
    assert.deepEqual(
      bench.effects.commands.map(({ text }) => text),
      [0, 1, 2].map((index) => `script ${caseOf(index).address}`),
    );
    assert.deepEqual([it.running, it.waiting], [3, 47]);
  });

  test('are 10 000 at most; the next is told that the queue is full, and counted', async () => {
    const it = bench.responses({ hostsDeny: undefined });
    for (let index = 0; index < 10_001; index++) it.answer(caseOf(index));
    const late = caseOf(10_000).address;
    assert.deepEqual(bench.briefly(), [`route ${late} not_run`, `command ${late} not_run`]);
    assert.equal(bench.told[0]?.detail, 'queue full');
    assert.equal(it.refused, 1);
    void it.undo(caseOf(10_000));
    await settled();
    bench.effects.finish();
    await settled();
    bench.effects.finish(`script ${caseOf(0).address}`);
    await settled();
    it.answer(caseOf(10_000));
    assert.equal(it.refused, 1, 'there is room again');
  });
});
