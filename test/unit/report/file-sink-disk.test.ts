import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FileSinkOptions, fileSink } from '../../../src/report/file-sink.ts';
import { makeDisk } from '../../support/fake-disk.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** A sink, and what it told. */
function makeSink(path: string, options: Partial<FileSinkOptions> = {}) {
  const told: string[] = [];
  return { told, sink: fileSink(path, { onError: (message) => told.push(message), ...options }) };
}

describe('a slow disk', () => {
  test('gets what has come meanwhile in one write', async () => {
    const disk = makeDisk();
    const { sink } = makeSink('log', disk);
    sink.write('a');
    await disk.begun();
    for (const line of ['b', 'c', 'd']) {
      sink.write(line);
      await nextTurn();
    }
    await disk.takeAllUntil(sink.close());
    assert.deepEqual(disk.writes, ['a\n', 'b\nc\nd\n']);
    assert.equal(sink.lost, 0);
  });

  test('loses what the queue has no room for, is told of once, and has room again when it has written', async () => {
    const disk = makeDisk();
    const { sink, told } = makeSink('log', { append: disk.append, maxQueuedBytes: 8 });
    const slow = 'log: log lines are lost: they come faster than they are written';
    for (const line of ['abc', 'def', 'g', 'h']) sink.write(line);
    assert.deepEqual([sink.lost, told], [2, [slow]]);
    await disk.take(Number.POSITIVE_INFINITY);
    await waitUntil(() => {
      const before = sink.lost;
      sink.write('ijk');
      return sink.lost === before;
    });
    for (const line of ['lmn', 'o', 'p']) sink.write(line);
    await disk.takeAllUntil(sink.close());
    assert.equal(disk.content(), 'abc\ndef\nijk\nlmn\n');
    assert.deepEqual(told, [slow, slow]);
  });

  test('holds close() until everything is written; what comes after it is lost', async () => {
    const disk = makeDisk();
    const { sink, told } = makeSink('log', disk);
    sink.write('a');
    let isClosed = false;
    const closed = sink.close().then(() => {
      isClosed = true;
    });
    sink.write('too late');
    await nextTurn();
    assert.equal(isClosed, false);
    await disk.take(2);
    await closed;
    assert.deepEqual([disk.content(), sink.lost], ['a\n', 1]);
    assert.deepEqual(told, ['log: log lines are lost: the log is closed']);
  });
});

describe('a write that ends early', () => {
  /** Four lines of which `bytes` bytes reach the disk, then another line. */
  const cases: [string, number, string, number][] = [
    ['before anything', 0, 'more\n', 4],
    ['within the first line', 1, '1\nmore\n', 4],
    ['within the third line', 10, '111\n222\n33\nmore\n', 2],
    ['between two lines', 12, '111\n222\n333\nmore\n', 1],
    ['before the last line end', 15, '111\n222\n333\n444\nmore\n', 1],
  ];
  for (const [where, bytes, content, lost] of cases) {
    test(`${where}: lines that are whole are not lost, and the next one begins a line`, async () => {
      const disk = makeDisk();
      const { sink, told } = makeSink('log', disk);
      for (const line of ['111', '222', '333', '444']) sink.write(line);
      await disk.take(bytes);
      await waitUntil(() => sink.lost > 0);
      sink.write('more');
      await disk.takeAllUntil(sink.close());
      assert.deepEqual([disk.content(), sink.lost], [content, lost]);
      assert.deepEqual(told, ['log: log lines are lost: the disk is full']);
    });
  }

  test('and the next one too: each line is counted once', async () => {
    const disk = makeDisk();
    const { sink } = makeSink('log', disk);
    const writeAndTake = async (lines: string[], bytes: number, lost: number) => {
      for (const line of lines) sink.write(line);
      await disk.take(bytes);
      await waitUntil(() => sink.lost === lost);
    };
    await writeAndTake(['111', '222'], 2, 2);
    await writeAndTake(['333'], 0, 3);
    await writeAndTake(['444', '555'], 6, 4);
    sink.write('more');
    await disk.takeAllUntil(sink.close());
    assert.deepEqual([disk.content(), sink.lost], ['11\n444\n5\nmore\n', 4]);
  });
});
