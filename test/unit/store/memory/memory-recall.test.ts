/** What earlier runs have learned never gives way to the little that is known since the start, however that went. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { campaignRow, makeMemory, settle } from './make-memory.ts';
import { batchOf, block, moment, openAt, trail } from './scene.ts';

const RETRY_MS = 30_000;
const CAMPAIGN_MS = 300_000;
const CLOSE_MS = 5000;
const [KNOWN, NEW] = ['198.51.100.1', '198.51.100.2'];

/** A memory in which an earlier run has left a trail of nine probes and what is usual, while this one knows of one probe each. */
function make(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const made = makeMemory(t);
  const { memory, path, trails, campaign } = made;
  const earlier = openAt(path);
  const row = trail({ source: KNOWN, probes: 9 });
  earlier.write(batchOf({ trails: [[KNOWN, row]], campaign: campaignRow('earlier') }), moment());
  earlier.close();
  return {
    ...made,
    learn() {
      for (const source of [KNOWN, NEW]) {
        trails.set(source, trail({ source, probes: (trails.get(source)?.probes ?? 0) + 1 }));
        memory.changeTrail(source, false);
      }
      campaign.learned = [...campaign.learned, 'later'];
    },
    async pass(ms: number) {
      t.mock.timers.tick(ms);
      await settle();
    },
    kept: () => ({
      trails: Object.fromEntries(made.writtenTrails().map(({ source, probes }) => [source, probes])),
      campaign: made.writtenCampaign(),
    }),
  };
}

const EARLIER = { trails: { [KNOWN]: 9 }, campaign: ['earlier'] };
const BOTH = { trails: { [KNOWN]: 10, [NEW]: 1 }, campaign: ['earlier', 'later'] };

describe('what earlier runs have learned', () => {
  test('is recalled at the start, and written with what is new', async (t) => {
    const { memory, learn, pass, kept } = make(t);
    await memory.open();
    learn();
    await pass(CAMPAIGN_MS);
    await pass(250);
    assert.deepEqual(kept(), BOTH);
    await memory.close();
  });

  test('is recalled before it is written over when the service is stopped before the database could be opened', async (t) => {
    const { memory, fault, learn, recalled, kept } = make(t);
    fault.message = 'database is locked';
    await memory.open();
    learn();
    memory.setBlock(KNOWN, block({ source: KNOWN }));
    delete fault.message;
    await memory.close();
    assert.deepEqual(kept(), BOTH);
    assert.deepEqual(recalled, [], 'a block that was recalled now would be in force for a moment');
  });

  for (const call of ['campaign', 'trailsAfter'] as const) {
    test(`stays as it is when ${call} cannot be read, however long; what has changed of blocks is written at the end`, async (t) => {
      const { memory, fault, learn, pass, written, kept } = make(t);
      Object.assign(fault, { message: 'EIO: i/o error', of: call });
      await memory.open();
      learn();
      memory.setBlock(KNOWN, block({ source: KNOWN }));
      for (let nth = 0; nth < 12; nth++) await pass(RETRY_MS);
      assert.deepEqual(kept(), EARLIER);
      await memory.close();
      assert.deepEqual(kept(), EARLIER);
      assert.deepEqual(written().blocks, [block({ source: KNOWN })]);
    });

    test(`is recalled once, and wholly, after ${call} could not be read`, async (t) => {
      const { memory, fault, learn, pass, recalledTrails, kept } = make(t);
      Object.assign(fault, { message: 'EIO: i/o error', of: call });
      await memory.open();
      learn();
      delete fault.message;
      await pass(RETRY_MS);
      memory.recallAgain();
      await memory.close();
      assert.deepEqual(kept(), BOTH);
      assert.deepEqual(recalledTrails, [KNOWN]);
    });
  }

  test('stays as it is when the disk takes too long to read it at the end', async (t) => {
    const { memory, fault, learn, pass, kept } = make(t);
    fault.message = 'database is locked';
    await memory.open();
    learn();
    delete fault.message;
    Object.assign(fault, { hangs: true, of: 'trailsAfter' });
    const closed = memory.close();
    await settle();
    await pass(CLOSE_MS);
    await closed;
    assert.deepEqual(kept(), EARLIER);
  });

  test('is recalled when more blocks have changed than can wait, though the database begins anew with these', async (t) => {
    const { memory, fault, learn, pass, kept } = make(t);
    fault.message = 'database is locked';
    await memory.open();
    learn();
    for (let index = 0; index <= 131_072; index++) memory.setBlock(`${index}`, null);
    delete fault.message;
    await pass(RETRY_MS);
    await memory.close();
    assert.deepEqual(kept(), BOTH);
  });
});
