/** What is kept of trails: they change with each probe, so they are written seldom, and as they are by then. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { makeMemory, settle } from './make-memory.ts';
import { moment, openAt, trail } from './scene.ts';

const BATCH = 2048;
const INTERVAL_MS = 2000;
const MAX_WAITING = 131_072;
const MAX_ON_PROBATION = 16_384;

function make(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const made = makeMemory(t);
  const { memory, trails } = made;
  return {
    ...made,
    touch(source: string, probes = 1) {
      trails.set(source, trail({ source, probes }));
      memory.changeTrail(source, false);
    },
    forget(source: string) {
      trails.delete(source);
      memory.changeTrail(source, true);
    },
    async pass(ms = INTERVAL_MS) {
      t.mock.timers.tick(ms);
      await settle();
    },
    probesIn: () => made.writtenTrails().map(({ source, probes }) => [source, probes]),
  };
}

describe('trails in the memory', () => {
  test('are written after two seconds, as they are by then', async (t) => {
    const { memory, touch, pass, probesIn } = make(t);
    await memory.open();
    touch('198.51.100.1');
    touch('198.51.100.2');
    touch('198.51.100.1', 7);
    await pass(INTERVAL_MS - 1);
    assert.deepEqual(probesIn(), []);
    await pass(1);
    assert.deepEqual(probesIn(), [
      ['198.51.100.1', 7],
      ['198.51.100.2', 1],
    ]);
  });

  test('are written when the history is asked for, and when it is closed', async (t) => {
    const { memory, touch, probesIn } = make(t);
    await memory.open();
    touch('198.51.100.1');
    await memory.written();
    assert.deepEqual(probesIn(), [['198.51.100.1', 1]]);
    touch('198.51.100.1', 2);
    await memory.close();
    assert.deepEqual(probesIn(), [['198.51.100.1', 2]]);
  });

  test('on probation are written when it is closed, the latest of them', async (t) => {
    const { memory, trails, onProbation, pass, probesIn } = make(t);
    await memory.open();
    for (let nth = 0; nth < MAX_ON_PROBATION + 2; nth++) {
      const source = `198.18.${nth >> 8}.${nth & 255}`;
      trails.set(source, trail({ source, isOnProbation: true }));
      onProbation.add(source);
    }
    await pass();
    await memory.written();
    assert.deepEqual(probesIn(), []);
    await memory.close();
    const written = new Set(probesIn().map(([source]) => source));
    assert.equal(written.size, MAX_ON_PROBATION);
    assert.ok(!written.has('198.18.0.1') && written.has('198.18.0.2'));
  });

  test('of a flood are written in portions, and nothing is lost', async (t) => {
    const { memory, touch, pass, probesIn } = make(t);
    await memory.open();
    for (let nth = 0; nth < 2 * BATCH + 1; nth++) touch(`198.18.${nth >> 8}.${nth & 255}`);
    for (const count of [BATCH, 2 * BATCH, 2 * BATCH + 1]) {
      await pass();
      assert.equal(probesIn().length, count);
    }
    assert.equal(memory.lostTrails, 0);
  });

  test('that were forgotten for want of room before they were written are counted', async (t) => {
    const { memory, trails, touch, pass, probesIn } = make(t);
    await memory.open();
    for (const source of ['198.51.100.1', '198.51.100.2']) touch(source);
    trails.delete('198.51.100.1');
    await pass();
    assert.deepEqual([probesIn(), memory.lostTrails], [[['198.51.100.2', 1]], 1]);
  });

  test('of who was let in are gone, also when he comes again and is forgotten at once', async (t) => {
    const { memory, trails, touch, forget, pass, probesIn } = make(t);
    await memory.open();
    for (const source of ['198.51.100.1', '198.51.100.2']) touch(source, 9);
    await pass();
    for (const source of ['198.51.100.1', '198.51.100.2']) forget(source);
    touch('198.51.100.1');
    touch('198.51.100.2');
    trails.delete('198.51.100.2');
    await pass();
    assert.deepEqual([probesIn(), memory.lostTrails], [[['198.51.100.1', 1]], 0]);
  });

  test('wait while the disk is full, and are written when there is room', async (t) => {
    const { memory, fault, touch, pass, probesIn } = make(t);
    await memory.open();
    fault.message = 'database or disk is full';
    touch('198.51.100.1');
    await pass();
    touch('198.51.100.1', 2);
    touch('198.51.100.2');
    await pass();
    delete fault.message;
    await pass(30_000);
    assert.deepEqual(probesIn(), [
      ['198.51.100.1', 2],
      ['198.51.100.2', 1],
    ]);
    assert.equal(memory.lostTrails, 0);
  });

  test('that find no room to wait are counted', async (t) => {
    const { memory, fault, touch, pass } = make(t);
    fault.message = 'EROFS: read-only file system';
    await memory.open();
    for (let nth = 0; nth < MAX_WAITING + 3; nth++) touch(`${nth}`);
    touch('0');
    await pass();
    assert.equal(memory.lostTrails, 3);
    fault.hangs = true;
    const closed = memory.close();
    await pass(5000);
    await closed;
  });

  test('are all written to a file that takes the place of one that was taken away', async (t) => {
    const { memory, path, touch, pass, probesIn } = make(t);
    await memory.open();
    touch('198.51.100.1');
    await pass();
    rmSync(path);
    touch('198.51.100.2');
    await pass();
    await pass(30_000);
    await pass();
    assert.deepEqual(
      probesIn().map(([source]) => source),
      ['198.51.100.1', '198.51.100.2'],
    );
  });

  test('of an earlier run are recalled, but for those of whom was let in since', async (t) => {
    const { memory, path, fault, forget, recalledTrails, pass } = make(t);
    const earlier = openAt(path);
    const rows = ['198.51.100.1', '198.51.100.2'].map((source) => trail({ source }));
    const trails = rows.map((row) => [row.source, row] as const);
    earlier.write({ blocks: [], offences: [], trails, history: [] }, moment());
    earlier.close();
    fault.message = 'EIO: i/o error';
    await memory.open();
    forget('198.51.100.2');
    delete fault.message;
    await pass(30_000);
    assert.deepEqual(recalledTrails, ['198.51.100.1']);
  });
});
