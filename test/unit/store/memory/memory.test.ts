/** What is kept of what happens, and when it is written: on a real database, which fails or hangs when the test says so. */
import assert from 'node:assert/strict';
import { copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { makeMemory, settle } from './make-memory.ts';
import { block, blocksBatch, blocksIn, EVERYTHING, HOUR_MS, happened, moment, openAt } from './scene.ts';

const DAY_MS = 24 * HOUR_MS;

describe('the memory', () => {
  test('has written all of it when it is closed', async (t) => {
    const { memory, written } = makeMemory(t);
    await memory.open();
    memory.setBlock('198.51.100.66', block());
    memory.add(happened());
    await memory.close();
    assert.deepEqual(written(), { blocks: [block()], history: [happened()] });
  });

  test('writes times anew when the wall clock is set, though nothing else happens: the next boot goes by them', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    for (const stepMs of [DAY_MS, -2 * DAY_MS]) {
      const { memory, path, clock } = makeMemory(t);
      await memory.open();
      memory.setBlock('198.51.100.66', block());
      await memory.history(EVERYTHING);
      clock.stepMs = stepMs;
      t.mock.timers.tick(1000); // of the look at the clock
      t.mock.timers.tick(250); // and of what is written then
      await settle();
      const copy = `${path}.copy`; // the power has failed
      for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
      const after = openAt(copy, moment(0, { boot: 'two', stepMs }));
      assert.deepEqual(blocksIn(after), [block()]);
      after.close();
      await memory.close();
    }
  });

  test('writes nothing while the clock only drifts', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const { memory, path, clock } = makeMemory(t);
    await memory.open();
    const before = statSync(`${path}-wal`, { bigint: true }).mtimeNs;
    clock.stepMs = 900;
    for (let second = 0; second < 10; second++) t.mock.timers.tick(1000);
    await settle();
    assert.equal(statSync(`${path}-wal`, { bigint: true }).mtimeNs, before);
    await memory.close();
  });

  test('writes a little later, and who asks for the history waits for that', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { memory, written } = makeMemory(t);
    await memory.open();
    memory.setBlock('198.51.100.66', block());
    await settle();
    assert.deepEqual(written().blocks, []);
    t.mock.timers.tick(250);
    await settle();
    assert.deepEqual(written().blocks, [block()]);
    memory.add(happened());
    assert.deepEqual(await memory.history(EVERYTHING), [happened()]);
  });

  test('recalls what was there, but for what has changed since', async (t) => {
    const { memory, path, recalled } = makeMemory(t);
    const earlier = openAt(path);
    const sources = ['198.51.100.1', '198.51.100.2', '198.51.100.3'];
    earlier.write(blocksBatch(...sources.map((source) => block({ source }))), moment());
    earlier.close();
    memory.setBlock('198.51.100.2', null);
    await memory.open();
    assert.deepEqual(recalled, ['198.51.100.1', '198.51.100.3']);
  });

  test('recalls once more when it is asked to: at once, or when the database can be used again', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { memory, path, fault, recalled, recalls } = makeMemory(t);
    const earlier = openAt(path);
    earlier.write(blocksBatch(block({ source: '198.51.100.1' })), moment());
    earlier.close();
    await memory.open();
    memory.recallAgain();
    await settle();
    assert.deepEqual(recalled, ['198.51.100.1', '198.51.100.1']);
    fault.message = 'I/O error';
    memory.recallAgain();
    await settle();
    delete fault.message;
    t.mock.timers.tick(30_000);
    await settle();
    assert.deepEqual(recalled, ['198.51.100.1', '198.51.100.1', '198.51.100.1']);
    t.mock.timers.tick(30_000);
    await settle();
    assert.equal(recalls(), 4, 'of which one failed');
  });

  test('of a disk that is full tells once, tries again, and has it all in the end', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { memory, path, fault, warnings, written, recalls } = makeMemory(t);
    openAt(path).close();
    await memory.open();
    fault.message = 'database or disk is full';
    memory.setBlock('198.51.100.66', block());
    memory.add(happened());
    t.mock.timers.tick(250);
    await settle();
    memory.setBlock('198.51.100.66', block({ reason: 'newer' }));
    t.mock.timers.tick(30_000);
    await settle();
    assert.deepEqual(warnings, [
      'the memory PATH cannot be used: database or disk is full; the sentry goes on without, and tries again every 30 s',
    ]);
    await assert.rejects(memory.history(EVERYTHING), /database or disk is full/);
    assert.equal(memory.trouble, 'database or disk is full');

    delete fault.message;
    t.mock.timers.tick(30_000);
    await settle();
    assert.deepEqual(warnings.slice(1), ['the memory PATH is written to again; rows that it has lost: 0']);
    assert.deepEqual(written(), { blocks: [block({ reason: 'newer' })], history: [happened()] });
    assert.deepEqual([memory.trouble, memory.lost, recalls()], [undefined, 0, 1]);
  });

  test('has what the disk had not taken when it is closed, if the disk does by then', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { memory, fault, written } = makeMemory(t);
    await memory.open();
    memory.setBlock('198.51.100.66', block());
    await memory.written();
    fault.message = 'I/O error';
    memory.setBlock('198.51.100.66', null);
    await memory.written();
    delete fault.message;
    await memory.close();
    assert.deepEqual(written().blocks, []);
  });

  test('that could never be opened has what has changed when it is closed, and what it had is left in it', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { memory, path, fault, recalled, written } = makeMemory(t);
    const earlier = openAt(path);
    const sources = ['198.51.100.1', '198.51.100.2'];
    earlier.write(blocksBatch(...sources.map((source) => block({ source }))), moment());
    earlier.close();
    fault.message = 'EROFS: read-only file system';
    await memory.open();
    memory.setBlock('198.51.100.1', null);
    delete fault.message;
    await memory.close();
    assert.deepEqual([written().blocks, recalled], [[block({ source: '198.51.100.2' })], []]);
  });

  test('keeps so much of the history at most while it cannot write, and counts the rest', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { memory, fault } = makeMemory(t);
    await memory.open();
    fault.message = 'I/O error';
    for (let index = 0; index < 32_770; index++) memory.add(happened());
    assert.equal(memory.lost, 2);
  });

  for (const [says, isOpened] of [
    ['that cannot be written to', true],
    ['that could never be opened', false],
  ] as const) {
    test(`${says} while more changes than can wait begins anew with what holds, and nobody lifted is in it`, async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      const all = [block({ source: '198.51.100.1' })];
      const { memory, path, fault, recalled, warnings, written } = makeMemory(t, { all });
      const earlier = openAt(path);
      earlier.write(blocksBatch(block({ source: 'lifted' })), moment());
      earlier.close();
      if (isOpened) await memory.open();
      recalled.length = 0;
      fault.message = 'I/O error';
      if (!isOpened) await memory.open();
      memory.setBlock('lifted', null);
      for (let index = 0; index < 131_072; index++) memory.setBlock(`${index}`, null);
      await memory.written();
      await memory.written();
      assert.equal(warnings.filter((text) => text.startsWith('more has changed than can wait')).length, 1);
      delete fault.message;
      t.mock.timers.tick(30_000);
      await settle();
      assert.deepEqual([written().blocks, recalled, memory.lost], [all, [], 0]);
      memory.setBlock('198.51.100.2', block({ source: '198.51.100.2' }));
      await memory.written();
      assert.equal(written().blocks.length, 2, 'and goes on from there');
    });
  }

  test('that could not be opened is opened later, and recalled then', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { memory, fault, path, recalled, written } = makeMemory(t);
    const earlier = openAt(path);
    earlier.write(blocksBatch(block({ source: '198.51.100.1' })), moment());
    earlier.close();
    fault.message = 'EROFS: read-only file system';
    await memory.open();
    memory.setBlock('198.51.100.66', block());
    delete fault.message;
    t.mock.timers.tick(30_000);
    await settle();
    assert.deepEqual(recalled, ['198.51.100.1']);
    assert.deepEqual(
      written().blocks.map(({ source }) => source),
      ['198.51.100.1', '198.51.100.66'],
    );
  });

  test('whose file was taken away or spoilt begins a new one, with all that holds', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const all = [block(), block({ source: '198.51.100.1' })];
    const { memory, path, warnings, written } = makeMemory(t, { all });
    await memory.open();
    for (const spoil of [
      () => rmSync(path),
      () => {
        rmSync(path);
        writeFileSync(path, 'no database '.repeat(1000));
      },
    ]) {
      spoil();
      memory.add(happened());
      t.mock.timers.tick(250);
      await settle();
      t.mock.timers.tick(30_000);
      await settle();
      assert.deepEqual(written(), { blocks: all, history: [happened()] });
    }
    assert.match(warnings[0]!, /taken away/);
    assert.match(
      warnings.join('\n'),
      /PATH was corrupt: it lies in PATH\.corrupt-\S+ now, and a new one begins/,
    );
  });

  test('on a disk that does not answer can be closed all the same', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { memory, fault } = makeMemory(t);
    await memory.open();
    fault.hangs = true;
    memory.setBlock('198.51.100.66', block());
    t.mock.timers.tick(250);
    await settle();
    const closed = memory.close();
    await settle();
    t.mock.timers.tick(5000);
    await closed;
  });
});
