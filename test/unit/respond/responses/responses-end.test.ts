import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Bench, caseOf, command, policy, settled } from './fakes.ts';

const ONE = caseOf(1);
const A = ONE.address;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe('responses, when a case ends,', () => {
  test('are taken back as far as they were done', async () => {
    const it = bench.responses();
    bench.effects.denied.add(`deny ${A}`);
    it.answer(ONE);
    await settled();
    bench.effects.finish(`route ${A}`, { result: 'failed', detail: 'EAGAIN' });
    await bench.finishAll();
    void it.undo(ONE);
    await bench.finishAll();
    assert.deepEqual(bench.briefly().slice(0, 2), [`hosts_deny ${A} skipped`, `route ${A} failed`]);
    assert.deepEqual(bench.briefly().slice(3), [`uncommand ${A} done`]);
    assert.ok(bench.effects.denied.has(`deny ${A}`), 'the line was there before');
  });

  test('have not to be taken back where there is no undo command', async () => {
    const it = bench.responses({
      command: command(false),
      route: { run: 'route $TARGET$', undo: undefined },
    });
    it.answer(ONE);
    await bench.finishAll();
    void it.undo(ONE);
    await bench.finishAll();
    assert.deepEqual(bench.briefly().slice(3), [`unhosts_deny ${A} done`]);
  });

  test('are taken back after a command that was ended: it may have done its work', async () => {
    const it = bench.responses({ hostsDeny: undefined, command: undefined });
    it.answer(ONE);
    await settled();
    bench.effects.finish(undefined, { result: 'timed_out', detail: undefined });
    await settled();
    void it.undo(ONE);
    await settled();
    assert.deepEqual(bench.effects.begun, [`route ${A}`, `unroute ${A}`]);
  });

  test('are cancelled while they wait, and the line goes at once though the script runs on', async () => {
    const it = bench.responses({ concurrency: 1 });
    it.answer(caseOf(2));
    it.answer(ONE);
    await settled();
    bench.effects.finish(`route ${caseOf(2).address}`);
    await settled();
    bench.effects.finish(`route ${A}`);
    await settled();
    void it.undo(ONE);
    void it.undo(caseOf(2));
    await settled();
    assert.deepEqual(
      bench.effects.commands.map(({ text }) => text),
      [`script ${caseOf(2).address}`, `unroute ${A}`],
    );
    assert.deepEqual([...bench.effects.denied], []);
    assert.ok(bench.briefly().includes(`command ${A} not_run`));
    await bench.finishAll();
    assert.ok(!bench.effects.begun.includes(`unscript ${A}`));
    assert.ok(bench.effects.begun.includes(`unscript ${caseOf(2).address}`));
    assert.deepEqual([it.running, it.waiting], [0, 0]);
  });

  test('of which nobody knows, are not taken back', async () => {
    void bench.responses().undo(ONE);
    await settled();
    assert.deepEqual(bench.told, []);
  });
});

describe('responses that an earlier run gave', () => {
  test('are not given again, and are taken back', async () => {
    const it = bench.responses();
    bench.effects.denied.add(`deny ${A}`);
    it.resume(ONE);
    it.resume(ONE);
    it.answer(ONE);
    await bench.finishAll();
    assert.deepEqual(bench.effects.begun, []);
    void it.undo(ONE);
    await bench.finishAll();
    assert.deepEqual(bench.effects.begun, [`-deny ${A}`, `unroute ${A}`, `unscript ${A}`]);
    it.answer(ONE);
    await bench.finishAll();
    assert.equal(bench.effects.begun.length, 6);
  });

  test('are a command only, where it was only a command', async () => {
    const it = bench.responses();
    it.resume(caseOf(1, 'command'));
    void it.undo(caseOf(1, 'command'));
    await bench.finishAll();
    assert.deepEqual(bench.effects.begun, [`unscript ${A}`]);
  });

  test('are taken back by the policy by which they were done, whatever holds now', async () => {
    const it = bench.responses({ concurrency: 1 });
    it.answer(ONE);
    await bench.finishAll();
    it.renew(
      policy({
        hostsDeny: { entry: 'other $TARGET$', file: '/etc/other.deny' },
        route: undefined,
        command: { run: 'new $TARGET$', undo: 'unnew $TARGET$', first: false },
      }),
    );
    it.answer(caseOf(2));
    await bench.finishAll();
    void it.undo(ONE);
    void it.undo(caseOf(2));
    await bench.finishAll();
    const B = caseOf(2).address;
    assert.deepEqual(bench.effects.begun.toSorted(), [
      `+deny ${A}`,
      `+other ${B}`,
      `-deny ${A}`,
      `-other ${B}`,
      `new ${B}`,
      `route ${A}`,
      `script ${A}`,
      `unnew ${B}`,
      `unroute ${A}`,
      `unscript ${A}`,
    ]);
  });
});
