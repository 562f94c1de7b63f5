import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileSink } from '../../../src/report/file-sink.ts';
import { waitUntil } from '../../support/wait-until.ts';

function makeDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-log-'));
  return {
    path: (name: string) => join(directory, name),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

/** A sink, and what it told. */
function makeSink(path: string) {
  const told: string[] = [];
  return { told, sink: fileSink(path, { onError: (message) => told.push(message) }) };
}

const read = (path: string) => readFileSync(path, 'utf8');

describe('a log file', () => {
  test('is made, for its owner and group alone, and has the lines in order', async () => {
    using directory = makeDirectory();
    const path = directory.path('log');
    const umask = process.umask(0o022);
    try {
      const { sink, told } = makeSink(path);
      const lines = Array.from({ length: 5000 }, (_, number) => `line ${number}`);
      for (const [number, line] of lines.entries()) {
        sink.write(line);
        if (number % 100 === 0) await nextTurn();
      }
      await sink.close();
      assert.equal(read(path), lines.map((line) => `${line}\n`).join(''));
      assert.equal(statSync(path).mode & 0o7777, 0o640);
      assert.deepEqual([sink.lost, told], [0, []]);
    } finally {
      process.umask(umask);
    }
  });

  test('is appended to', async () => {
    using directory = makeDirectory();
    for (const line of ['before', 'after']) {
      const { sink } = makeSink(directory.path('log'));
      sink.write(line);
      await sink.close();
    }
    assert.equal(read(directory.path('log')), 'before\nafter\n');
  });

  test('has a line for each, whatever is in it', async () => {
    using directory = makeDirectory();
    const { sink } = makeSink(directory.path('log'));
    for (const line of ['ended\n', 'two\nof them', '', 'Grüße\t🙂', '\u001b[2J']) sink.write(line);
    await sink.close();
    assert.equal(read(directory.path('log')), 'ended\ntwo?of them\n\nGrüße\t🙂\n?[2J\n');
  });

  test('may be rotated away without a signal', async () => {
    using directory = makeDirectory();
    const path = directory.path('log');
    const { sink } = makeSink(path);
    sink.write('old');
    await waitUntil(() => statSync(path, { throwIfNoEntry: false })?.size === 4);
    renameSync(path, directory.path('log.1'));
    sink.write('new');
    await sink.close();
    assert.deepEqual([read(directory.path('log.1')), read(path)], ['old\n', 'new\n']);
  });

  test('is made only when there is a line', async () => {
    using directory = makeDirectory();
    await makeSink(directory.path('log')).sink.close();
    assert.equal(statSync(directory.path('log'), { throwIfNoEntry: false }), undefined);
  });
});

describe('a file that takes nothing', () => {
  test('loses lines, is told of once, and again only after it worked', async () => {
    using directory = makeDirectory();
    const path = directory.path('later/log');
    const { sink, told } = makeSink(path);
    const lose = async (lines: number) => {
      const before = sink.lost;
      for (let line = 0; line < lines; line++) sink.write('lost');
      await waitUntil(() => sink.lost === before + lines);
    };
    await lose(3);
    await lose(2);
    assert.equal(sink.lost, 5);
    assert.deepEqual(told, [
      `${path}: log lines are lost: ENOENT: no such file or directory, open '${path}' (make its directory)`,
    ]);

    mkdirSync(directory.path('later'));
    sink.write('written');
    await waitUntil(() => statSync(path, { throwIfNoEntry: false })?.size === 8);
    rmSync(directory.path('later'), { recursive: true });
    await lose(1);
    assert.deepEqual([sink.lost, told.length], [6, 2]);
    await sink.close();
  });

  test('is a full disk', async () => {
    const { sink, told } = makeSink('/dev/full');
    sink.write('a');
    sink.write('b');
    await sink.close();
    assert.equal(sink.lost, 2);
    assert.match(
      told.join(),
      /^\/dev\/full: log lines are lost: ENOSPC: .* \(make room on its file system\)$/,
    );
  });

  test('is a symbolic link', async () => {
    using directory = makeDirectory();
    symlinkSync(directory.path('elsewhere'), directory.path('log'));
    const { sink, told } = makeSink(directory.path('log'));
    sink.write('a');
    await sink.close();
    assert.equal(sink.lost, 1);
    assert.match(
      told.join(),
      /ELOOP.*\(it is a symbolic link, which is not followed: name the file itself\)$/,
    );
    assert.equal(statSync(directory.path('elsewhere'), { throwIfNoEntry: false }), undefined);
  });

  test('is a named pipe that nobody reads, which holds nobody up', async () => {
    using directory = makeDirectory();
    const path = directory.path('pipe');
    execFileSync('mkfifo', [path]);
    const { sink, told } = makeSink(path);
    sink.write('a');
    let isClosed = false;
    const closed = sink.close().then(() => {
      isClosed = true;
    });
    try {
      await waitUntil(() => isClosed);
    } finally {
      closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)); // frees one that waits after all
      await closed;
    }
    assert.equal(sink.lost, 1);
    assert.match(told.join(), /ENXIO.*\(it is a named pipe that nobody reads\)$/);
  });
});
