import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { BlockedFile } from '../../../src/store/blocked-file.ts';
import { historyLine } from '../../../src/store/history-line.ts';
import { openForAppend } from '../../../src/store/plain-file.ts';
import { needs } from '../../support/capability.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { addressesOf, makeOpener, STYLES } from './blocked.ts';
import { hostOf } from './hosts.ts';

test('what could not be written is written when it works again, and told once', async (t) => {
  const { path, open, warnings } = makeOpener(t, '1.2');
  mkdirSync(path);
  const file = await open();
  file.add(hostOf('198.51.100.1'));
  await file.changedByOthers();
  file.add(hostOf('198.51.100.2'));
  file.remove('198.51.100.1');
  await file.changedByOthers();
  assert.equal(file.waiting, 2);
  assert.deepEqual(warnings, [
    'FILE cannot be read: FILE is no file',
    'FILE cannot be written: FILE is no file',
  ]);
  rmdirSync(path);
  assert.deepEqual(await file.changedByOthers(), []);
  assert.equal(file.waiting, 0);
  assert.deepEqual(addressesOf(await open()), ['198.51.100.2']);
  await file.close();
});

/** Opens for appending on a disk that has room for so many bytes more. */
const openWithRoom = (room: { bytes: number }) => async (path: string, mode: number) => {
  const file = await openForAppend(path, mode);
  const write = file.write.bind(file) as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
  const full = async (bytes: Buffer, from: number) => {
    const length = Math.min(room.bytes, bytes.length - from);
    if (length === 0) throw new Error('ENOSPC');
    room.bytes -= length;
    return write(bytes, from, length);
  };
  return Object.assign(file, { write: full }) as FileHandle;
};

for (const style of STYLES) {
  const addresses = ['198.51.100.1', '198.51.100.2', '2001:db8::1'];
  const length = style === '2' ? 6 : historyLine(hostOf(addresses[0]!)).length + 1;
  for (const bytes of [0, 1, length - 1, length, length + 1, 2 * length, 2 * length + 5]) {
    test(`style ${style}, a disk full after ${bytes} bytes: nothing is lost in the end, or there twice`, async (t) => {
      const room = { bytes };
      const { path, open, warnings } = makeOpener(t, style, { openForAppend: openWithRoom(room) });
      const file = await open();
      for (const address of addresses) file.add(hostOf(address));
      await waitUntil(() => warnings.length > 0);
      room.bytes = 1000;
      assert.deepEqual(await file.changedByOthers(), []);
      assert.deepEqual(warnings, ['FILE cannot be written: ENOSPC']);
      assert.equal(file.waiting, 0);
      assert.deepEqual(addressesOf(await open()), addresses);
      const healthy = makeOpener(t, style);
      const other = await healthy.open();
      for (const address of addresses) other.add(hostOf(address));
      await other.close();
      assert.deepEqual(readFileSync(path), readFileSync(healthy.path));
    });
  }
}

describe('what is no file of ours is neither read nor replaced', () => {
  for (const [what, make] of [
    ['a symbolic link', (path: string) => symlinkSync('target', path)],
    ['a named pipe', (path: string) => execFileSync('mkfifo', [path])],
  ] as const) {
    test(what, async (t) => {
      const { path, open, warnings } = makeOpener(t, '1.2');
      make(path);
      const before = lstatSync(path);
      const file = await open();
      file.add(hostOf('198.51.100.1'));
      await file.changedByOthers();
      file.remove('198.51.100.1');
      await file.close();
      assert.deepEqual([lstatSync(path).mode, lstatSync(path).ino], [before.mode, before.ino]);
      assert.match(
        warnings.join('\n'),
        /^FILE cannot be read: .*\nFILE cannot be written: .*\nFILE: 1 changes/,
      );
      unlinkSync(path);
    });
  }
  test('a device', async () => {
    const warnings: string[] = [];
    const file = await BlockedFile.open('/dev/null', { style: '2', warn: (text) => warnings.push(text) });
    file.add(hostOf('198.51.100.1'));
    await file.changedByOthers();
    assert.equal(file.waiting, 1);
    assert.equal(warnings[0], '/dev/null cannot be read: /dev/null is no file');
  });
  test('a file of another user', { skip: needs('root') }, async (t) => {
    const { path, open, warnings } = makeOpener(t, '2');
    writeFileSync(path, Buffer.from('0200c6336401', 'hex'));
    chownSync(path, 65_534, 65_534);
    const file = await open();
    assert.deepEqual(file.entries(), []);
    assert.deepEqual(warnings, ['FILE cannot be read: FILE belongs to user 65534: give it to root']);
    await file.close();
  });
});

test('a file that is a mount is written in place', { skip: needs('root', 'netns') }, async (t) => {
  const { path, open } = makeOpener(t, '1.2');
  const file = await open();
  for (const last of [1, 2, 3]) file.add(hostOf(`198.51.100.${last}`));
  await file.close();
  const { ino } = lstatSync(path);
  const source = new URL('../../../src/store/blocked-file.ts', import.meta.url).href;
  const code = `import { BlockedFile } from '${source}';
    const file = await BlockedFile.open('${path}', { style: '1.2', warn: (text) => { throw new Error(text); } });
    file.remove('198.51.100.2');
    await file.close();`;
  const script = `mount --bind "$1" "$1" && exec "$2" --input-type=module -e "$3"`;
  const inside = [
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    script,
    'sh',
    path,
    process.execPath,
    code,
  ];
  execFileSync('unshare', inside, { stdio: 'pipe' });
  assert.equal(lstatSync(path).ino, ino);
  assert.deepEqual(addressesOf(await open()), ['198.51.100.1', '198.51.100.3']);
  assert.equal(readFileSync(path, 'utf8').split('\n').length, 3, 'nothing is left behind the new end');
});

test('many changes at once are few writes', async (t) => {
  let opened = 0;
  const counting = (path: string, mode: number) => {
    opened++;
    return openForAppend(path, mode);
  };
  const { path, open } = makeOpener(t, '1.2', { openForAppend: counting });
  const file: BlockedFile = await open();
  for (let number = 0; number < 1000; number++) file.add(hostOf(`10.0.${number >> 8}.${number & 255}`));
  await file.close();
  assert.equal(readFileSync(path, 'utf8').split('\n').length, 1001);
  assert.ok(opened <= 2, `${opened}`);
});
