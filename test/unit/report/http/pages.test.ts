import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { makePages } from '../../../../src/report/pages.ts';

/** Pages that are done when the test says so, in a time that the test counts. */
function scene() {
  let nowMs = 0;
  let begun = 0;
  let finish: (text: string) => void = () => assert.fail('no page is being made');
  let fail: (error: Error) => void = () => assert.fail('no page is being made');
  const rests: number[] = [];
  const page = makePages(
    () => {
      begun++;
      return new Promise((resolve, reject) => {
        finish = resolve;
        fail = reject;
      });
    },
    {
      nowMs: () => nowMs,
      async rest(ms) {
        rests.push(ms);
        nowMs += ms;
      },
    },
  );
  return {
    page,
    rests,
    begun: () => begun,
    later: (ms: number) => {
      nowMs += ms;
    },
    finish: (text: string) => finish(text),
    fail: (error: Error) => fail(error),
  };
}

test('whoever asks while a page is made waits for the next one, and they all for the same', async () => {
  const { page, begun, finish } = scene();
  const first = page();
  await nextTurn();
  const others = Array.from({ length: 1000 }, page);
  finish('first');
  assert.equal(await first, 'first');
  await nextTurn();
  finish('second');
  assert.deepEqual(new Set(await Promise.all(others)), new Set(['second']));
  assert.equal(begun(), 2);
});

test('behind a page there is a rest of four times what it took; none when nobody has asked for longer', async () => {
  const { page, rests, finish, later } = scene();
  for (const [takesMs, pauseMs] of [
    [10, 0],
    [30, 15],
    [1, 500],
    [5, 0],
  ] as const) {
    const asked = page();
    await nextTurn();
    later(takesMs);
    finish('');
    await asked;
    later(pauseMs);
  }
  assert.deepEqual(rests, [40, 105]);
});

test('a page that fails does so for those who waited for it, and for no other', async () => {
  const { page, fail, finish } = scene();
  const first = page();
  await nextTurn();
  const second = page();
  fail(new Error('no'));
  await assert.rejects(first, /no/);
  await nextTurn();
  finish('well');
  assert.equal(await second, 'well');
});

test('property: each asker gets a page that was begun after he asked, and one that others get too if they ask before that', async () => {
  const steps = fc.array(fc.constantFrom('ask', 'finish', 'turn'), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      let begun = 0;
      let waiting: (() => void) | undefined;
      const page = makePages(
        () => {
          const text = String(++begun);
          return new Promise((resolve) => {
            waiting = () => resolve(text);
          });
        },
        { nowMs: () => 0 },
      );
      const asked: Promise<void>[] = [];
      for (const step of all) {
        if (step === 'turn') await nextTurn();
        else if (step === 'finish') waiting?.();
        else {
          const before = begun;
          asked.push(
            page().then((text) => {
              assert.ok(Number(text) === before + 1, `asked after ${before}, and got ${text}`);
            }),
          );
        }
      }
      let isDone = false;
      const end = Promise.all(asked).then(() => {
        isDone = true;
      });
      while (!isDone) {
        waiting?.();
        await nextTurn();
      }
      await end;
      assert.ok(begun <= asked.length);
    }),
  );
});
