import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppendFile, type AppendFileOptions } from '../../../src/store/append-file.ts';
import { openForAppend } from '../../../src/store/plain-file.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { directoryFor } from './hosts.ts';

function makeFile(t: TestContext, options: Partial<AppendFileOptions> = {}) {
  const path = join(directoryFor(t), 'lib', 'history');
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message.replace(path, 'FILE'));
  return { path, warnings, file: new AppendFile(path, { mode: 0o600, warn, ...options }) };
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

/** Opens the file, but its disk has room for so many bytes only. */
const openFull = (room: { bytes: number }) => async (path: string, mode: number) => {
  const file = await openForAppend(path, mode);
  const write = file.write.bind(file) as (
    bytes: Buffer,
    from: number,
    length?: number,
  ) => Promise<{ bytesWritten: number }>;
  const full = async (bytes: Buffer, from: number) => {
    const length = Math.min(room.bytes, bytes.length - from);
    if (length === 0) throw new Error('ENOSPC: no space left on device');
    room.bytes -= length;
    return write(bytes, from, length);
  };
  return Object.assign(file, { write: full }) as FileHandle;
};

test('lines come in order, in a file and a directory that were not there', async (t) => {
  const { path, file, warnings } = makeFile(t);
  const old = process.umask(0o077);
  t.after(() => process.umask(old));
  for (let line = 0; line < 1000; line++) file.append(`line ${line}`);
  await file.close();
  assert.equal(
    readFileSync(path, 'utf8'),
    Array.from({ length: 1000 }, (_, line) => `line ${line}\n`).join(''),
  );
  assert.equal(modeOf(path), 0o600);
  assert.equal(modeOf(join(path, '..')), 0o755);
  assert.deepEqual(warnings, []);
  assert.equal(file.lost, 0);
});

test('the mode is as it was asked for, whatever the umask, and stays what somebody made it', async (t) => {
  const { path, file } = makeFile(t, { mode: 0o644 });
  const old = process.umask(0o077);
  t.after(() => process.umask(old));
  await file.create();
  assert.equal(modeOf(path), 0o644);
  chmodSync(path, 0o640);
  file.append('a');
  await file.close();
  assert.equal(modeOf(path), 0o640);
});

test('what is there stays there', async (t) => {
  const { path, file } = makeFile(t);
  mkdirSync(join(path, '..'));
  writeFileSync(path, 'old\n');
  await file.create();
  file.append('new');
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), 'old\nnew\n');
});

test('a line that somebody left without its end is not continued', async (t) => {
  const { path, file } = makeFile(t);
  mkdirSync(join(path, '..'));
  writeFileSync(path, 'old');
  file.append('new');
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), 'old\nnew\n');
});

test('a line is one line', async (t) => {
  const { path, file } = makeFile(t);
  file.append('a\nb\r\nc');
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), 'a?b??c\n');
});

test('a file that was rotated away is made anew', async (t) => {
  const { path, file } = makeFile(t);
  file.append('first');
  await waitUntil(() => existsSync(path) && readFileSync(path, 'utf8') === 'first\n');
  renameSync(path, `${path}.1`);
  file.append('second');
  await file.close();
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'first\n');
  assert.equal(readFileSync(path, 'utf8'), 'second\n');
});

test('lines of others come between lines, not into them', async (t) => {
  const { path, file } = makeFile(t);
  file.append('ours');
  await file.create();
  appendFileSync(path, 'theirs\n');
  file.append('ours again');
  await file.close();
  assert.deepEqual(readFileSync(path, 'utf8').split('\n').sort(), ['', 'ours', 'ours again', 'theirs']);
});

for (const [what, make, message] of [
  ['a symbolic link', (path: string) => symlinkSync('/dev/null', path), /ELOOP/],
  ['a directory', (path: string) => mkdirSync(path), /EISDIR/],
] as const) {
  test(`${what} is not written to: lines are lost, counted, and that is told once`, async (t) => {
    const { path, file, warnings } = makeFile(t);
    mkdirSync(join(path, '..'));
    make(path);
    await file.create();
    file.append('a');
    file.append('b');
    await file.close();
    assert.equal(file.lost, 2);
    assert.match(warnings.join('\n'), message);
  });
}

test('a full disk loses the lines that do not fit, and nothing else', async (t) => {
  const room = { bytes: 'first\nsecond\nth'.length };
  const { path, file, warnings } = makeFile(t, { open: openFull(room) });
  for (const line of ['first', 'second', 'third', 'fourth']) file.append(line);
  await waitUntil(() => file.lost === 2);
  file.append('fifth');
  await waitUntil(() => file.lost === 3);
  assert.deepEqual(warnings, ['FILE takes no lines, and loses them: ENOSPC: no space left on device']);
  room.bytes = 1000;
  file.append('sixth');
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), 'first\nsecond\nth\nsixth\n');
  assert.deepEqual(warnings.slice(1), ['FILE takes lines again; 3 were lost']);
  assert.equal(file.lost, 3);
});

test('a slow disk holds up so many lines and no more', async (t) => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const slowly = async (path: string, mode: number) => {
    await opened;
    return openForAppend(path, mode);
  };
  const { path, file, warnings } = makeFile(t, { open: slowly, maxWaiting: 3 });
  for (const line of ['a', 'b', 'c', 'd', 'e']) file.append(line);
  assert.equal(file.lost, 2);
  assert.deepEqual(warnings, ['FILE takes no lines, and loses them: they come faster than it takes them']);
  open();
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), 'a\nb\nc\n');
});

test('a line after the end is lost and counted', async (t) => {
  const { file, warnings } = makeFile(t);
  await file.close();
  file.append('late');
  assert.equal(file.lost, 1);
  assert.deepEqual(warnings, ['FILE takes no lines, and loses them: it is closed']);
});
