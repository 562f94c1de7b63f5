import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import type { BlockedFileOptions } from '../../../src/store/blocked-file.ts';
import { historyLine } from '../../../src/store/history-line.ts';
import { openForAppend } from '../../../src/store/plain-file.ts';
import { addressesOf, makeOpener } from './blocked.ts';
import { hostOf } from './hosts.ts';

/** A file with three sources that was written by the sentry which goes on with it. */
async function makeFile(t: TestContext, effects: Partial<BlockedFileOptions> = {}) {
  const { path, warnings, open } = makeOpener(t, '1.2', effects);
  const file = await open();
  for (const last of [1, 2, 3]) file.add(hostOf(`198.51.100.${last}`));
  assert.deepEqual(await file.changedByOthers(), []);
  return { path, warnings, open, file };
}

const lineOf = (address: string): string => `${historyLine(hostOf(address))}\n`;

describe('the recipe of every tutorial: take the line out of the blocked file', () => {
  test('the source is told, once, and is no entry any more', async (t) => {
    const { path, file } = await makeFile(t);
    execFileSync('sed', ['-i', '/198\\.51\\.100\\.2 /d', path]);
    assert.deepEqual(await file.changedByOthers(), ['198.51.100.2']);
    assert.deepEqual(await file.changedByOthers(), []);
    assert.deepEqual(addressesOf(file), ['198.51.100.1', '198.51.100.3']);
    file.add(hostOf('198.51.100.2'));
    await file.close();
    assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n').length, 3, 'it may be added again');
  });
  test('or delete the file: all of them', async (t) => {
    const { path, file } = await makeFile(t);
    unlinkSync(path);
    assert.deepEqual(await file.changedByOthers(), ['198.51.100.1', '198.51.100.2', '198.51.100.3']);
    file.add(hostOf('198.51.100.4'));
    await file.close();
    assert.equal(readFileSync(path, 'utf8'), lineOf('198.51.100.4'));
  });
  test('or empty it: all of them', async (t) => {
    const { path, file } = await makeFile(t);
    writeFileSync(path, '');
    assert.equal((await file.changedByOthers()).length, 3);
  });
});

test('what the sentry does itself is not told', async (t) => {
  const { file } = await makeFile(t);
  file.remove('198.51.100.1');
  file.add(hostOf('198.51.100.4'));
  assert.deepEqual(await file.changedByOthers(), []);
  file.remove('198.51.100.4');
  assert.deepEqual(await file.changedByOthers(), []);
  await file.close();
});

test('a line that somebody adds is an entry', async (t) => {
  const { path, file } = await makeFile(t);
  appendFileSync(path, lineOf('203.0.113.9'));
  assert.deepEqual(await file.changedByOthers(), []);
  assert.equal(addressesOf(file).at(-1), '203.0.113.9');
  file.remove('203.0.113.9');
  await file.close();
  assert.doesNotMatch(readFileSync(path, 'utf8'), /203/);
});

describe('an edit just before a change of the sentry’s own', () => {
  for (const [what, change] of [
    ['adding', (file: { add(host: ReturnType<typeof hostOf>): void }) => file.add(hostOf('198.51.100.4'))],
    ['removing', (file: { remove(address: string): void }) => file.remove('198.51.100.3')],
  ] as const) {
    test(`survives ${what}, and is told`, async (t) => {
      const { path, file } = await makeFile(t);
      const comment = '# 198.51.100.2 was a customer'; // without a newline, as some editors leave it
      writeFileSync(path, `${lineOf('198.51.100.1')}${lineOf('198.51.100.3')}${comment}`);
      change(file);
      assert.deepEqual(await file.changedByOthers(), ['198.51.100.2']);
      await file.close();
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
      assert.ok(lines.includes(comment), lines.join('\n'));
      const others = lines.filter((line) => line !== comment).map((line) => `${line}\n`);
      assert.deepEqual(others, addressesOf(file).map(lineOf));
    });
  }
});

test('an edit while the sentry adds a line is told all the same', async (t) => {
  let edit = () => {};
  const editing = (path: string, mode: number) => {
    edit();
    return openForAppend(path, mode);
  };
  const { path, file } = await makeFile(t, { openForAppend: editing });
  edit = () => writeFileSync(path, lineOf('198.51.100.1'));
  file.add(hostOf('198.51.100.4'));
  const told = [...(await file.changedByOthers()), ...(await file.changedByOthers())];
  assert.deepEqual(told, ['198.51.100.2', '198.51.100.3']);
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), `${lineOf('198.51.100.1')}${lineOf('198.51.100.4')}`);
});

test('an editor that empties the file before it fills it is waited for', async (t) => {
  let fill = () => {};
  const { path, file } = await makeFile(t, { pause: async () => fill() });
  const without2 = `${lineOf('198.51.100.1')}${lineOf('198.51.100.3')}`;
  writeFileSync(path, '');
  fill = () => {
    fill = () => {};
    writeFileSync(path, without2);
  };
  assert.deepEqual(await file.changedByOthers(), ['198.51.100.2']);
});

test('so is one that takes the file away before it puts another in its place', async (t) => {
  let fill = () => {};
  const { path, file } = await makeFile(t, { pause: async () => fill() });
  unlinkSync(path);
  fill = () => {
    fill = () => {};
    writeFileSync(path, lineOf('198.51.100.1'));
  };
  assert.deepEqual(await file.changedByOthers(), ['198.51.100.2', '198.51.100.3']);
});

test('a file that never comes to rest changes nothing, and is told once', async (t) => {
  let size = 0;
  let pause = async () => {};
  const { path, file, warnings } = await makeFile(t, { pause: () => pause() });
  writeFileSync(path, '');
  pause = async () => writeFileSync(path, '\n'.repeat(++size));
  assert.deepEqual(await file.changedByOthers(), []);
  assert.deepEqual(await file.changedByOthers(), []);
  assert.equal(addressesOf(file).length, 3);
  assert.deepEqual(warnings, ['FILE cannot be read: FILE keeps changing']);
});

test('a binary file nobody edits: what vanishes is written anew, as in /tmp', async (t) => {
  const { path, open } = makeOpener(t, '2');
  const file = await open();
  const addresses = ['198.51.100.1', '2001:db8::1'];
  for (const address of addresses) file.add(hostOf(address));
  assert.deepEqual(await file.changedByOthers(), []);
  const bytes = readFileSync(path);
  unlinkSync(path);
  assert.deepEqual(await file.changedByOthers(), []);
  assert.deepEqual(addressesOf(file), addresses);
  await file.close();
  assert.deepEqual(readFileSync(path), bytes);
});
