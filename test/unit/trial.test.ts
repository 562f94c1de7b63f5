/** Enforcement that is rolled back unless somebody confirms it: what the controller makes of it. */
import assert from 'node:assert/strict';
import { beforeEach, describe, type TestContext, test } from 'node:test';
import type { SentryEvent } from '../../src/report/event.ts';
import { Trial } from '../../src/trial.ts';
import { FakeDataPlane } from '../support/fake-data-plane.ts';

const MINUTES_2 = 120_000;

describe('enforcement on trial', () => {
  let dataPlane: FakeDataPlane;
  let told: SentryEvent[];
  beforeEach(() => {
    dataPlane = new FakeDataPlane();
    told = [];
  });

  const make = (confirmMs: number | undefined = MINUTES_2) =>
    new Trial({ confirmMs, dataPlane: () => dataPlane, tell: (event) => told.push(event) });
  const begin = (t: TestContext, confirmMs?: number) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const trial = make(confirmMs);
    trial.begin();
    trial.watch();
    return {
      trial,
      /** For both clocks, the kernel's and that of the timers. */
      pass(ms: number) {
        dataPlane.advance(ms * 1e6);
        t.mock.timers.tick(ms);
      },
    };
  };

  test('is told to the kernel before it is told of, with its end', () => {
    const trial = make();
    trial.begin();
    assert.deepEqual(dataPlane.trial, { state: 'unconfirmed', leftNs: 120e9 });
    assert.deepEqual(told, []);
    trial.watch();
    trial.stop();
    assert.deepEqual(told, [{ event: 'unconfirmed', seconds: 120 }]);
  });

  test('counts down', (t) => {
    const { trial, pass } = begin(t);
    assert.deepEqual(trial.status, { state: 'unconfirmed', remainingSeconds: 120 });
    pass(22_500);
    assert.deepEqual(trial.status, { state: 'unconfirmed', remainingSeconds: 98 });
  });

  test('is rolled back when its time is over, and not before', async (t) => {
    const { trial, pass } = begin(t);
    for (let second = 0; second < 119; second++) pass(1000);
    pass(999);
    assert.equal(told.length, 1);
    pass(2);
    assert.deepEqual(told[1], { event: 'rolled_back', seconds: 120 });
    assert.deepEqual(trial.status, { state: 'rolled_back', remainingSeconds: 0 });
    await assert.rejects(trial.rolledBack, {
      code: 'XS_ERR_ROLLED_BACK',
      exitCode: 5,
      detail: 'nobody has confirmed it within 2m',
    });
    assert.equal(dataPlane.trial?.state, 'rolled_back', 'the kernel still lets everybody in');
  });

  test('stays once it is confirmed, whatever time passes', (t) => {
    const { trial, pass } = begin(t);
    const sinceNs = dataPlane.nowNs();
    pass(20_000);
    assert.deepEqual(trial.confirm(), { sinceNs, confirmedNs: dataPlane.nowNs() });
    assert.equal(dataPlane.trial, undefined);
    assert.deepEqual(told[1], { event: 'confirmed', seconds: 100 });
    for (let second = 0; second < 200; second++) pass(1000);
    assert.equal(told.length, 2);
    assert.deepEqual(trial.status, { state: 'confirmed', remainingSeconds: 0 });
  });

  test('that is confirmed twice is so once', (t) => {
    const { trial } = begin(t);
    assert.notEqual(trial.confirm(), undefined);
    assert.equal(trial.confirm(), undefined);
    assert.deepEqual(
      told.map(({ event }) => event),
      ['unconfirmed', 'confirmed'],
    );
  });

  test('cannot be confirmed when the kernel has rolled it back, though nobody here has noticed', (t) => {
    const { trial } = begin(t);
    dataPlane.advance(120e9);
    assert.throws(() => trial.confirm(), { code: 'XS_ERR_ROLLED_BACK' });
    assert.equal(dataPlane.trial?.state, 'rolled_back');
    assert.deepEqual(trial.status, { state: 'rolled_back', remainingSeconds: 0 });
  });

  test('holds what was made since it began, until it is confirmed; rolled back, for good', (t) => {
    const at = (addedNs: number) => ({ addedNs });
    const first = begin(t);
    const startNs = dataPlane.nowNs();
    assert.deepEqual([startNs - 1, startNs, startNs + 1].map(at).map(first.trial.holds, first.trial), [
      false,
      true,
      true,
    ]);
    assert.equal(first.trial.isOpen, true);
    first.trial.confirm();
    assert.equal(first.trial.holds(at(startNs + 1)), false);
    assert.equal(first.trial.isOpen, false);

    const second = make();
    second.begin();
    dataPlane.advance(200e9);
    assert.equal(second.holds(at(dataPlane.nowNs())), true);
  });

  test('that nobody has asked for is none', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const trial = new Trial({
      confirmMs: undefined,
      dataPlane: () => dataPlane,
      tell: (event) => told.push(event),
    });
    trial.begin();
    trial.watch();
    t.mock.timers.tick(MINUTES_2 * 1000);
    assert.equal(trial.status, null);
    assert.equal(trial.holds({ addedNs: dataPlane.nowNs() }), false);
    assert.equal(dataPlane.trial, undefined);
    assert.deepEqual(told, []);
    assert.throws(() => trial.confirm(), {
      code: 'XS_ERR_NOTHING_TO_CONFIRM',
      detail: 'this sentry was started without --confirm',
    });
  });
});
