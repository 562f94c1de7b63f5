import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostBlockFinder } from '../../../src/respond/lost-blocks.ts';

/** A ring that loses when it is told to, and walks that end when they are told to. */
function makeParts() {
  const parts = { lost: 0, reasons: [] as string[], endWalk: () => {} };
  const find = lostBlockFinder(
    {
      losses: () => [
        { reason: 'source_budget', count: 99 },
        { reason: 'ring_full', count: parts.lost },
      ],
    },
    {
      reconcile: (reasonOf) =>
        new Promise((resolve) => {
          parts.reasons.push(reasonOf(1));
          parts.endWalk = resolve;
        }),
    },
    (rule) => `rule ${rule}`,
  );
  return { parts, find };
}

const settled = () => new Promise(setImmediate);

test('looks only when the ring has lost something since', () => {
  const { parts, find } = makeParts();
  find();
  assert.deepEqual(parts.reasons, []);
  parts.lost++;
  find();
  assert.deepEqual(parts.reasons, ['rule 1: its event was lost']);
});

test('looks also for what the ring has lost before the first look, while the sentry began', () => {
  const { parts, find } = makeParts();
  parts.lost = 5;
  find();
  assert.equal(parts.reasons.length, 1);
  find();
  assert.equal(parts.reasons.length, 1);
});

test('never walks twice at once, and makes up for it afterwards', async () => {
  const { parts, find } = makeParts();
  parts.lost++;
  find();
  parts.lost++;
  find();
  assert.equal(parts.reasons.length, 1);
  parts.endWalk();
  await settled();
  const deadline = AbortSignal.timeout(10_000);
  while (parts.reasons.length === 1) {
    assert.ok(!deadline.aborted, 'a second walk follows');
    await settled();
    find();
  }
  assert.equal(parts.reasons.length, 2);
});
