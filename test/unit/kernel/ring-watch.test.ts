import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RingWatch } from '../../../src/kernel/ring-watch.ts';

const empty = { hasRecords: () => false };
const waiting = { hasRecords: () => true };

test('a ring in which nothing waits is read', () => {
  const watch = new RingWatch();
  assert.deepEqual([watch.isRead(empty), watch.isRead(empty)], [true, true]);
});

test('one in which records wait is read as long as some were since the last look', () => {
  const watch = new RingWatch();
  assert.equal(watch.isRead(waiting), false);
  watch.note();
  assert.equal(watch.isRead(waiting), true);
  assert.equal(watch.isRead(waiting), false, 'and none since');
  assert.equal(watch.isRead(empty), true);
});
