/** Begin and end of rings, handles, threads and processes: each in a process of its own, for some would end ours. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs } from './support/capability.ts';
import { run, succeed } from './support/scenario.ts';

const skip = needs('bpf');

describe('an open ring', { skip }, () => {
  test('holds the event loop', () => assert.equal(succeed('life', 'ringHoldsTheLoop'), 'batch'));
  test('does not when unref() was called', () => assert.equal(succeed('life', 'unrefLetsTheLoopEnd'), ''));
  test('does again after ref()', () => assert.equal(succeed('life', 'refTakesUnrefBack'), 'batch'));
  test('goes on when all references to it are dropped', () => {
    succeed('life', 'droppedRingGoesOn');
  });
});

describe('what onBatch throws', { skip }, () => {
  test("is an 'uncaughtException', and the ring goes on", () => {
    succeed('life', 'throwReachesUncaughtException');
  });
  test('also when it closed the ring before', () => {
    succeed('life', 'throwAndCloseReachesUncaughtException');
  });
  test('ends a process that does not listen', () => {
    const { status, stderr } = run('life', 'throwEndsTheProcess');
    assert.equal(status, 1);
    assert.match(stderr, /nobody catches this/);
  });
  test('a buffer that was taken away is reported so, once', () => {
    assert.equal(succeed('life', 'detachedBufferIsUncaught'), 'EFAULT');
  });
});

describe('the end of a process', { skip }, () => {
  for (const name of [
    'exitWithEverythingOpen',
    'exitInsideOnBatch',
    'endWithEverythingOpen',
    'exitWithWorkersBusy',
  ]) {
    test(name, () => {
      succeed('life', name);
    });
  }
});

describe('nothing is left', { skip }, () => {
  test('of rings that were closed', () => {
    succeed('life', 'closedRingsLeaveNothing');
  });
  test('of handles and mappings that were dropped', () => {
    succeed('life', 'droppedHandlesLeaveNothing');
  });
  test('of workers that ended with everything open', () => {
    succeed('life', 'workersThatEndLeaveNothing');
  });
  test('of workers that were terminated under load', () => {
    succeed('life', 'workersThatAreTerminatedLeaveNothing');
  });
  test('of workers that were terminated inside onBatch', () => {
    succeed('life', 'workersTerminatedInsideOnBatch');
  });
  test('of workers that exited inside onBatch', () => {
    succeed('life', 'workerThatExitsInsideOnBatch');
  });
});

test('several workers at once, each with its own objects and logs', { skip }, () => {
  succeed('life', 'workersAtOnce');
});
