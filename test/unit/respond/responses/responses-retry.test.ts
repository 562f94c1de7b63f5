import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Responses } from '../../../../src/respond/responses/responses.ts';
import { Bench, caseOf, settled } from './fakes.ts';

const ONE = caseOf(1);
const A = ONE.address;
const READ_ONLY = new Error('EROFS: read-only file system');

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe('a line of hosts.deny that cannot be written', () => {
  const onlyDeny = () => bench.responses({ route: undefined, command: undefined });

  test('is tried again after 5 s, 30 s and 3 min, and then no more', async () => {
    onlyDeny().answer(ONE);
    bench.effects.editAtOnce = () => READ_ONLY;
    await settled();
    for (const [ms, tries] of [
      [4_999, 1],
      [1, 2],
      [29_999, 2],
      [1, 3],
      [179_999, 3],
      [1, 4],
      [1e9, 4],
    ] as const) {
      await bench.effects.pass(ms);
      assert.equal(bench.told.length, tries, `after ${ms} ms more`);
    }
    assert.deepEqual(
      new Set(bench.told.map(({ result, detail }) => `${result} ${detail}`)),
      new Set([`failed ${READ_ONLY.message}`]),
    );
    assert.equal(bench.effects.timers, 0);
  });

  test('delays neither the route nor the command', async () => {
    const it = bench.responses();
    bench.effects.editAtOnce = () => READ_ONLY;
    it.answer(ONE);
    await bench.finishAll();
    assert.deepEqual(bench.effects.begun, [`+deny ${A}`, `route ${A}`, `script ${A}`]);
    bench.effects.editAtOnce = () => undefined;
    await bench.effects.pass(5_000);
    assert.deepEqual(bench.briefly().at(-1), `hosts_deny ${A} done`);
    void it.undo(ONE);
    await bench.finishAll();
    assert.deepEqual([...bench.effects.denied], []);
  });

  test('is not tried again when the case has ended', async () => {
    const it = onlyDeny();
    bench.effects.editAtOnce = () => READ_ONLY;
    it.answer(ONE);
    await settled();
    bench.effects.editAtOnce = () => undefined;
    void it.undo(ONE);
    await bench.effects.pass(1e9);
    assert.deepEqual(bench.briefly(), [`hosts_deny ${A} failed`, `hosts_deny ${A} not_run`]);
    assert.deepEqual([...bench.effects.denied], []);
    assert.deepEqual([it.running, it.waiting, bench.effects.timers], [0, 0, 0]);
  });

  for (const [says, end] of [
    ['the case', (it: Responses) => it.undo(ONE)],
    ['the sentry', (it: Responses) => void it.stop()],
  ] as const) {
    test(`is not tried again when ${says} has ended before it failed`, async () => {
      const it = onlyDeny();
      bench.effects.editAtOnce = undefined;
      it.answer(ONE);
      await settled();
      end(it);
      bench.effects.finishEdit(READ_ONLY);
      await settled();
      assert.deepEqual(bench.briefly(), [`hosts_deny ${A} failed`, `hosts_deny ${A} not_run`]);
      assert.deepEqual([it.running, it.waiting, bench.effects.timers], [0, 0, 0]);
    });
  }

  test('is not tried again when 10 000 others wait for that', async () => {
    const it = onlyDeny();
    bench.effects.editAtOnce = () => READ_ONLY;
    for (let index = 0; index < 10_000; index++) it.answer(caseOf(index));
    await settled();
    it.answer(caseOf(10_000));
    await settled();
    assert.equal(bench.told.length, 10_001);
    assert.equal(bench.effects.timers, 10_000);
  });

  test('is tried again when it is to go, and the next answer waits for that', async () => {
    const it = onlyDeny();
    it.answer(ONE);
    await settled();
    bench.effects.editAtOnce = () => READ_ONLY;
    void it.undo(ONE);
    it.answer(ONE);
    await settled();
    bench.effects.editAtOnce = () => undefined;
    await bench.effects.pass(5_000);
    assert.deepEqual(bench.effects.begun, [`+deny ${A}`, `-deny ${A}`, `-deny ${A}`, `+deny ${A}`]);
    assert.deepEqual(bench.briefly().at(-1), `hosts_deny ${A} done`);
  });
});
