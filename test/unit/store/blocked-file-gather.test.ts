import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { historyLine } from '../../../src/store/history-line.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { addressesOf, makeOpener, STYLES } from './blocked.ts';
import { hostOf } from './hosts.ts';

const [A, B, C, D] = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'] as const;

/** A file of A, B and C, which has just been written anew without A; time passes as `pass` says. */
async function makeFile(t: TestContext, style: '1.2' | '2' = '1.2') {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  const { path, open } = makeOpener(t, style, { nowMs: () => nowMs });
  const file = await open();
  for (const address of [A, B, C]) file.add(hostOf(address));
  await file.changedByOthers();
  file.remove(A);
  await file.changedByOthers();
  const pass = (ms: number) => {
    nowMs += ms;
    t.mock.timers.tick(ms);
  };
  return { path, file, pass, inFile: async () => addressesOf(await open()) };
}

for (const style of STYLES) {
  describe(`removals in style ${style}`, () => {
    test('the first is written at once, the next ones together a second later', async (t) => {
      const { file, pass, inFile } = await makeFile(t, style);
      assert.deepEqual(await inFile(), [B, C]);
      file.remove(B);
      await file.changedByOthers();
      pass(999);
      file.remove(C);
      await file.changedByOthers();
      assert.deepEqual(await inFile(), [B, C]);
      assert.equal(file.waiting, 2);
      pass(1);
      await waitUntil(() => file.waiting === 0);
      assert.deepEqual(await inFile(), []);
    });
    test('do not keep what is added from being written', async (t) => {
      const { file, pass, inFile } = await makeFile(t, style);
      file.remove(B);
      file.add(hostOf(D));
      await file.changedByOthers();
      assert.deepEqual(await inFile(), [B, C, D]);
      pass(1000);
      await waitUntil(() => file.waiting === 0);
      assert.deepEqual(await inFile(), [C, D]);
    });
    test('that wait are written at the end', async (t) => {
      const { file, inFile } = await makeFile(t, style);
      file.remove(B);
      await file.changedByOthers();
      await file.close();
      assert.equal(file.waiting, 0);
      assert.deepEqual(await inFile(), [C]);
    });
  });
}

describe('while removals wait', () => {
  test('a source that comes back is there once, as it was the last time', async (t) => {
    const { file, pass, inFile } = await makeFile(t);
    file.remove(B);
    await file.changedByOthers();
    file.add(hostOf(B, { port: 80 }));
    pass(1000);
    await waitUntil(() => file.waiting === 0);
    assert.deepEqual(await inFile(), [C, B]);
    assert.equal(file.entries().at(-1)?.port, 80);
  });
  test('what somebody else takes out is told, and what waits to go is not', async (t) => {
    const { path, file, pass, inFile } = await makeFile(t);
    file.add(hostOf(D));
    file.remove(B);
    await file.changedByOthers();
    execFileSync('sed', ['-i', '/100\\.[23] /d', path]);
    assert.deepEqual(await file.changedByOthers(), [C]);
    assert.deepEqual(addressesOf(file), [D]);
    pass(1000);
    await waitUntil(() => file.waiting === 0);
    assert.deepEqual(await inFile(), [D]);
    assert.deepEqual(await file.changedByOthers(), []);
  });
  test('what somebody else adds stays', async (t) => {
    const { path, file, pass, inFile } = await makeFile(t);
    file.remove(B);
    await file.changedByOthers();
    appendFileSync(path, `${historyLine(hostOf(D))}\n`);
    assert.deepEqual(await file.changedByOthers(), []);
    pass(1000);
    await waitUntil(() => file.waiting === 0);
    assert.deepEqual(await inFile(), [C, D]);
  });
});
