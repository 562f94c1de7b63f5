import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { SentryEvent } from '../../../src/report/event.ts';
import { LineBudget } from '../../../src/report/line-budget.ts';
import { budgeted } from '../../../src/report/log.ts';

const warning = (text = 'a'): SentryEvent => ({ event: 'warning', text });
const summary = (lines: number): SentryEvent => ({ event: 'summed_up', lines, seconds: 1 });

function makeBudget(t: TestContext, perSecond = 3) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const written: SentryEvent[] = [];
  const budget = new LineBudget((event) => written.push(event), perSecond);
  const tell = (count: number) => {
    for (let told = 0; told < count; told++) budget.tell(warning());
  };
  const pass = (ms: number) => t.mock.timers.tick(ms);
  return { budget, tell, pass, take: () => written.splice(0) };
}

describe('a budget of lines', () => {
  test('lets so many through, and sums up the others when the second is over', (t) => {
    const { tell, pass, take } = makeBudget(t);
    tell(5);
    assert.equal(take().length, 3);
    pass(999);
    tell(1);
    assert.deepEqual(take(), []);
    pass(1);
    assert.deepEqual(take(), [summary(3)]);
  });

  test('is whole again in the next second, which begins with its first line', (t) => {
    const { tell, pass, take } = makeBudget(t);
    tell(4);
    pass(5000);
    assert.deepEqual(take().slice(-1), [summary(1)]);
    tell(3);
    pass(999);
    tell(1);
    assert.equal(take().length, 3);
    pass(1);
    assert.deepEqual(take(), [summary(1)]);
  });

  test('says nothing where nothing was held back', (t) => {
    const { tell, pass, take } = makeBudget(t);
    tell(3);
    pass(3000);
    assert.equal(take().length, 3);
  });

  test('flush ends the second at once', (t) => {
    const { budget, tell, pass, take } = makeBudget(t);
    tell(4);
    budget.flush();
    assert.deepEqual(take().slice(-1), [summary(1)]);
    pass(500);
    tell(4);
    assert.equal(take().length, 3);
    pass(999);
    assert.deepEqual(take(), [], 'the second of before the flush does not end this one');
    pass(1);
    assert.deepEqual(take(), [summary(1)]);
    budget.flush();
    assert.deepEqual(take(), []);
  });

  test('every line is written or counted, whenever it comes', (t) => {
    const { budget, tell, pass, take } = makeBudget(t, 7);
    let told = 0;
    for (let step = 1; step <= 200; step++) {
      const count = (step * 37) % 11;
      tell(count);
      told += count;
      pass((step * 53) % 400);
    }
    budget.flush();
    const accounted = take().reduce((sum, event) => sum + (event.event === 'summed_up' ? event.lines : 1), 0);
    assert.equal(accounted, told);
  });
});

test('what comes once is never held back, and takes no room', () => {
  const written: SentryEvent[] = [];
  const log = budgeted((event) => written.push(event), 1);
  const stopped: SentryEvent = {
    event: 'stopped',
    signal: 'SIGTERM',
    alerts: 0,
    blocks: 0,
    stays: undefined,
  };
  log.tell({ event: 'starting', version: '1' });
  log.tell(warning('first'));
  log.tell(warning('second'));
  log.tell(stopped);
  log.tell(summary(9));
  log.flush();
  assert.deepEqual(
    written.map((event) => event.event),
    ['starting', 'warning', 'stopped', 'summed_up', 'summed_up'],
  );
  assert.deepEqual(written.at(-1), summary(1));
});
