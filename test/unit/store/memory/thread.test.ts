import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { DatabaseThread } from '../../../../src/store/memory/thread.ts';
import { block, blocksBatch, directoryOf, EVERYTHING, moment } from './scene.ts';

const WORKER = new URL('../../../../src/memory-worker.ts', import.meta.url);
const keep = { historyMs: 1e9, historyRows: 10, offenceMs: 1e9, trailMs: 1e12, trailRows: 1e6 };

describe('the database on a thread of its own', () => {
  test('answers as the database does, errors as well', async (t) => {
    const thread = new DatabaseThread(WORKER, { path: join(directoryOf(t), 'memory.db'), keep });
    t.after(() => thread.stop());
    await assert.rejects(thread.write(blocksBatch(block()), moment()), /not open/);
    assert.deepEqual(await thread.open(moment()), { aside: undefined, isNew: true });
    await thread.write(blocksBatch(block()), moment());
    assert.deepEqual(await thread.blocksAfter(0), [{ id: 1, ...block() }]);
    assert.deepEqual([await thread.offencesAfter(''), await thread.history(EVERYTHING)], [[], []]);
    await thread.close();
    await assert.rejects(thread.blocksAfter(0), /not open/);
  });

  test('that dies is told of, and there is another', async (t) => {
    const file = join(directoryOf(t), 'mortal.mjs');
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', ({ id, job: { method } }) => {
         if (method === 'write') throw new Error('out of luck');
         parentPort.postMessage({ id, result: method });
       });`,
    );
    const thread = new DatabaseThread(new URL(`file://${file}`), { path: '/nowhere', keep });
    t.after(() => thread.stop());
    const both = [thread.write(blocksBatch(), moment()), thread.blocksAfter(0)];
    for (const each of both) await assert.rejects(each, /out of luck/);
    assert.equal(await thread.open(moment()), 'open');
  });
});
