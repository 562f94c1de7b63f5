import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Responses } from '../../../../src/respond/responses/responses.ts';
import { Bench, caseOf, policy, settled } from './fakes.ts';

const ONE = caseOf(1);
const A = ONE.address;
const READ_ONLY = new Error('EROFS: read-only file system');

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe('responses, when the sentry stops,', () => {
  test('come to their end if they can, and what was not run is told', async () => {
    const it = bench.responses({ concurrency: 1 });
    for (const index of [1, 2, 3]) it.answer(caseOf(index));
    await settled();
    bench.effects.finish(`route ${A}`);
    await settled();
    bench.effects.finish(`route ${caseOf(2).address}`);
    await settled();
    const stopped = it.stop();
    assert.equal(it.stop(), stopped);
    it.answer(caseOf(4));
    await settled();
    bench.effects.finish(`script ${A}`);
    await settled();
    bench.effects.finish(`route ${caseOf(3).address}`);
    await stopped;
    const [two, three, four] = [2, 3, 4].map((index) => caseOf(index).address);
    assert.deepEqual(
      new Set(bench.briefly().slice(-7)),
      new Set([
        `command ${two} not_run`,
        ...['hosts_deny', 'route', 'command'].map((name) => `${name} ${four} not_run`),
        `command ${A} done`,
        `route ${three} done`,
        `command ${three} not_run`,
      ]),
    );
    assert.deepEqual(
      bench.told.filter(({ result }) => result === 'not_run').map(({ detail }) => detail),
      Array(5).fill('the sentry stops'),
    );
    assert.deepEqual([it.running, it.waiting], [0, 0]);
  });

  test('are not taken back any more, and that is told', async () => {
    const it = bench.responses();
    it.answer(ONE);
    await bench.finishAll();
    const stopped = it.stop();
    void it.undo(ONE);
    await stopped;
    assert.deepEqual(
      new Set(bench.briefly().slice(3)),
      new Set(['unhosts_deny', 'unroute', 'uncommand'].map((name) => `${name} ${A} not_run`)),
    );
    assert.ok(bench.effects.denied.has(`deny ${A}`));
  });

  test('no line is tried again', async () => {
    const it = bench.responses({ route: undefined, command: undefined });
    bench.effects.editAtOnce = () => READ_ONLY;
    it.answer(ONE);
    await settled();
    await it.stop();
    assert.deepEqual(bench.briefly(), [`hosts_deny ${A} failed`, `hosts_deny ${A} not_run`]);
    assert.equal(bench.effects.timers, 0);
  });

  test('commands are ended after two seconds, and what hangs even then is left after three and a half', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const it = bench.responses();
    it.answer(ONE);
    bench.effects.editAtOnce = undefined; // a file system that hangs
    it.answer(caseOf(2, 'command'));
    await settled();
    const [script] = bench.effects.commands;
    const stopped = it.stop();
    t.mock.timers.tick(1999);
    assert.equal(script?.stop.aborted, false);
    t.mock.timers.tick(1);
    assert.equal(script?.stop.aborted, true);
    bench.effects.finish(undefined, { result: 'timed_out', detail: 'ended because the sentry stops' });
    await settled();
    assert.equal(it.running, 1);
    t.mock.timers.tick(1500);
    await stopped;
    assert.equal(
      bench.told.find(({ response }) => response === 'hosts_deny')?.detail,
      'still at work when the sentry stopped',
    );
    bench.effects.finishEdit();
    await settled();
    assert.deepEqual(
      new Set(bench.briefly()),
      new Set([
        `command ${caseOf(2).address} timed_out`,
        `hosts_deny ${A} timed_out`,
        `route ${A} not_run`,
        `command ${A} not_run`,
      ]),
    );
    assert.equal(bench.told.length, 4, 'nothing is told twice');
  });

  test('are ended for real, on this machine', async () => {
    const it = new Responses(
      policy({
        hostsDeny: undefined,
        route: undefined,
        command: { run: 'echo $TARGET$ >&2; sleep 1000', undo: undefined, first: false },
      }),
      (event) => bench.told.push(event),
    );
    it.answer(ONE);
    await settled();
    assert.equal(it.running, 1);
    const startMs = performance.now();
    await it.stop();
    assert.ok(performance.now() - startMs < 4000);
    assert.equal(bench.told[0]?.result, 'timed_out');
    assert.equal(bench.told[0]?.detail, `ended because the sentry stops: ${A}`);
  });
});
