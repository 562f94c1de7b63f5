import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cleanup } from '../../src/cleanup.ts';

test('steps are undone in the opposite order, once, and all of them', async () => {
  const cleanup = new Cleanup();
  const done: string[] = [];
  const failing = (name: string) => () => {
    done.push(name);
    throw new Error(name);
  };
  cleanup.add(() => done.push('first'));
  cleanup.add(failing('second'));
  cleanup.add(async () => done.push('third'));
  cleanup.add(failing('fourth'));
  await assert.rejects(cleanup.run(), /^Error: fourth$/);
  assert.deepEqual(done.splice(0), ['fourth', 'third', 'second', 'first']);
  await cleanup.run();
  assert.deepEqual(done, []);
});

test('a failure is told before anything is undone', async () => {
  const cleanup = new Cleanup();
  const done: string[] = [];
  cleanup.onFailure(({ message }) => done.push(message));
  cleanup.add(() => done.push('undone'));
  await cleanup.run(new Error('no room'));
  assert.deepEqual(done, ['no room', 'undone']);
});
