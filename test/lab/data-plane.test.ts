import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from '../../scripts/lab/lab.ts';
import { needs } from '../support/capability.ts';

const INSIDE = new URL('./inside/data-plane.ts', import.meta.url).pathname;

test('the real data plane keeps the contract that the fake keeps', {
  skip: needs('root', 'bpf', 'netns'),
}, async () => {
  await using lab = await Lab.create();
  const environment = [`LAB_INTERFACE=${lab.sentry.interface}`, '--unset=NODE_TEST_CONTEXT'];
  const command = ['env', ...environment.reverse(), process.execPath, '--test-reporter=tap', INSIDE];
  const { code, stdout } = await lab.sentry.spawn(command[0]!, command.slice(1)).finished;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /# pass (?!0)\d+\n# fail 0/);
});
