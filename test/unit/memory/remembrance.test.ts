/** What is on trial is not kept until it is confirmed; what cannot be put in force while observing is, once the sentry enforces. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, type TestContext, test } from 'node:test';
import { Campaign } from '../../../src/detect/together/campaign.ts';
import { Trails } from '../../../src/detect/trails.ts';
import { Remembrance } from '../../../src/memory/remembrance.ts';
import type { Block } from '../../../src/respond/block.ts';
import type { BlockRow } from '../../../src/store/memory/rows.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';
import { Source } from '../../support/probes.ts';
import {
  block as blockRow,
  blocksBatch,
  blocksIn,
  directoryOf,
  moment,
  openAt,
} from '../store/memory/scene.ts';

const WORKER = new URL('../../../src/memory-worker.ts', import.meta.url);
const FAILING_WORKER = new URL('./failing-worker.ts', import.meta.url);
const SINCE_NS = 1000;

const block = (source: string, addedNs: number): Block => ({
  prefix: parsePrefix(source)!,
  source,
  origin: 'local',
  reason: 'scan',
  addedNs,
  expiresNs: undefined,
  evidence: undefined,
});
const BEFORE = block('198.51.100.1', SINCE_NS - 1);
const MEANWHILE = block('198.51.100.2', SINCE_NS);
const offence = (source: string) => ({ source, count: 1, untilNs: 5000 });

async function open(
  t: TestContext,
  rows: readonly BlockRow[] = [],
  path = join(directoryOf(t), 'memory.db'),
  campaign = new Campaign({ ports: 30, rarePorts: 10, learnHours: 6 }),
  nowNs = 2000,
  thread = WORKER,
) {
  if (rows.length > 0) {
    const earlier = openAt(path, moment(2000));
    earlier.write(blocksBatch(...rows), moment(2000));
    earlier.close();
  }
  const mode = { isObserving: rows.length > 0 };
  const restored: string[] = [];
  const trial = {
    isOpen: true,
    holds: ({ addedNs = 0 }: { addedNs?: number }) => trial.isOpen && addedNs >= SINCE_NS,
  };
  const remembrance = new Remembrance(trial);
  const warnings: string[] = [];
  const trails = new Trails({
    maxSources: 1000,
    changed: (source, isForgotten) => remembrance.trailChanged(source, isForgotten),
  });
  let restorations = 0;
  await remembrance.open({
    policy: {
      memory: { path, keepMs: 1e9, maxEntries: 10 },
      escalation: { factor: 2, capMs: 1e9, unprovenCapMs: 1e9, forgetAfterMs: 1e9 },
      tables: { blocks: 1000, sources: 1000 },
    },
    isObserving: () => mode.isObserving,
    thread,
    nowNs: () => nowNs,
    blocks: {
      restore: ({ prefix }) => restored.push(formatPrefix(prefix)) > 0,
      async *inPortions() {
        yield [BEFORE, MEANWHILE];
      },
    },
    offences: {
      recall: () => undefined,
      async *inPortions() {
        yield [offence(MEANWHILE.source)];
      },
    },
    trails,
    campaigns: {
      campaignMemory: (atNs) => campaign.memory(atNs),
      restoreCampaign: (known, atNs) => campaign.restore(known, atNs),
    },
    trailsRestored: () => restorations++,
    aftermath: { resume: (begin) => begin(), endLate: () => undefined },
    warn: (text) => warnings.push(text),
  });
  t.after(() => remembrance.close());
  /** What is in the database once it is closed. */
  const kept = async () => {
    await remembrance.close();
    const database = openAt(path, moment(2000));
    try {
      const offenders = database.offencesAfter('').map(({ source }) => source);
      return { blocks: blocksIn(database).map(({ source }) => source), offenders };
    } finally {
      database.close();
    }
  };
  return {
    ...{ path, trial, mode, remembrance, restored, warnings, kept, trails },
    restorations: () => restorations,
  };
}

describe('the memory, while enforcement is on trial', () => {
  test('keeps changes of blocks from before, and not what is made meanwhile', async (t) => {
    const { remembrance, kept } = await open(t);
    for (const it of [BEFORE, MEANWHILE]) remembrance.blocked(it);
    remembrance.offended(MEANWHILE.source, offence(MEANWHILE.source));
    assert.deepEqual(await kept(), { blocks: [BEFORE.source], offenders: [] });
  });

  test('forgets what is let in', async (t) => {
    const { trial, remembrance, kept } = await open(t);
    trial.isOpen = false;
    remembrance.blocked(BEFORE);
    remembrance.offended(BEFORE.source, offence(BEFORE.source));
    await remembrance.written();
    trial.isOpen = true;
    remembrance.unblocked(BEFORE);
    remembrance.offended(BEFORE.source, undefined);
    assert.deepEqual(await kept(), { blocks: [], offenders: [] });
  });

  test('keeps nothing of it in a database that takes the place of one that was taken away', async (t) => {
    const { path, remembrance, kept } = await open(t);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
    remembrance.unblocked(block('198.51.100.9', 0));
    await remembrance.written(); // finds it gone
    await remembrance.written(); // makes another
    assert.deepEqual(await kept(), { blocks: [BEFORE.source], offenders: [] });
  });

  test('keeps all of it once it is confirmed', async (t) => {
    const { trial, remembrance, kept } = await open(t);
    trial.isOpen = false;
    for (const it of [BEFORE, MEANWHILE]) remembrance.blocked(it);
    remembrance.offended(MEANWHILE.source, offence(MEANWHILE.source));
    assert.deepEqual(await kept(), {
      blocks: [BEFORE.source, MEANWHILE.source],
      offenders: [MEANWHILE.source],
    });
  });
});

test('what the memory has of rules is in force once the sentry enforces; what was done by hand is while it observes', async (t) => {
  const byRule = blockRow({ source: '198.51.100.1', untilNs: null });
  const byHand = blockRow({ ...byRule, source: '198.51.100.2', origin: 'operator', evidence: null });
  const { mode, remembrance, restored, kept } = await open(t, [byRule, byHand]);
  assert.deepEqual(restored, [byHand.source]);
  mode.isObserving = false;
  remembrance.recallAgain();
  await remembrance.written();
  assert.ok(restored.includes(byRule.source));
  assert.deepEqual((await kept()).blocks, [byRule.source, byHand.source]);
});

describe('what sources have touched', () => {
  let scanner: Source;
  beforeEach(() => {
    scanner = new Source('198.51.100.66');
  });
  const run = async (t: TestContext, path?: string, nowNs?: number) => {
    const it = await open(t, [], path, undefined, nowNs);
    it.trial.isOpen = false;
    return it;
  };

  test('is known to the next run, from before its first probe on', async (t) => {
    const first = await run(t);
    assert.equal(first.restorations(), 0, 'there is nothing yet');
    for (const port of [22, 23]) first.trails.note(scanner.probe(1000 + port, port));
    const facts = first.trails.of(scanner.name, 2000)!;
    await first.remembrance.close();
    const next = await run(t, first.path);
    const touches = facts.touches.map((touch) => ({ ...touch, atNs: facts.lastNs })); // they were in one millisecond
    assert.deepEqual(next.trails.of(scanner.name, 2000), { ...facts, touches });
    assert.equal(next.restorations(), 1);
    await next.remembrance.close();
  });

  test('is kept while enforcement is on trial, too: it blocks nobody', async (t) => {
    const first = await open(t);
    first.trails.note(scanner.probe(1500, 22));
    await first.remembrance.close();
    const next = await run(t, first.path);
    assert.deepEqual([...next.trails.onProbation], [scanner.name]);
    await next.remembrance.close();
  });

  test('stays known when the source is let in again, and counts no more', async (t) => {
    const first = await run(t, undefined, 30e6);
    for (const port of [22, 23]) first.trails.note(scanner.probe(port * 1e6, port));
    await first.remembrance.written();
    first.trails.spend(scanner.name, 24e6, 'answered');
    first.trails.spend(scanner.name, 25e6, 'pardoned');
    await first.remembrance.close();
    const next = await run(t, first.path, 30e6);
    const { touches, answeredNs, pardonedNs } = next.trails.of(scanner.name, 30e6)!;
    assert.deepEqual([touches.length, answeredNs, pardonedNs], [2, 24e6, 25e6]);
    await next.remembrance.close();
  });

  test('is not restored once more when the sentry begins to enforce', async (t) => {
    const first = await run(t);
    first.trails.note(scanner.probe(1500, 22));
    await first.remembrance.close();
    const next = await run(t, first.path);
    next.remembrance.recallAgain();
    await next.remembrance.written();
    assert.deepEqual([next.trails.of(scanner.name, 2000)?.probes, next.restorations()], [1, 1]);
    await next.remembrance.close();
  });
});

describe('a restart in the middle of a campaign', () => {
  const HOUR_NS = 3600e9;
  const NOW_NS = 12 * HOUR_NS;
  const campaign = () => new Campaign({ ports: 30, rarePorts: 10, learnHours: 6 });
  const half = (of: Campaign, first: number, atNs: number) => {
    for (let index = first; index < first + 6; index++) {
      const told = new Source(`198.51.${index}.1`).probe(atNs + index * 1e9, 20_000 + index);
      of.observe(told, told.source);
    }
  };
  /** Answers where an earlier run has left what it knew: what is usual, the first half of the campaign, and one trail. */
  const firstHalf = async (t: TestContext) => {
    const before = campaign();
    for (let hours = 0; hours <= 12; hours++) {
      before.due(hours * HOUR_NS);
      before.observe(new Source('203.0.113.9').probe(hours * HOUR_NS, 23), 'somewhere');
    }
    half(before, 0, NOW_NS);
    assert.equal(before.due(NOW_NS + 120e9), undefined);
    const { path, remembrance, trails } = await open(t, [], undefined, before, NOW_NS + 130e9);
    trails.note(new Source('198.51.100.66').probe(NOW_NS, 22));
    await remembrance.close();
    return path;
  };

  test('does not keep it from being found', async (t) => {
    const after = campaign();
    await open(t, [], await firstHalf(t), after, NOW_NS + 140e9);
    half(after, 6, NOW_NS + 150e9);
    assert.equal(after.due(NOW_NS + 300e9)?.sourceCount, 12);

    const knowsNothing = campaign();
    half(knowsNothing, 6, NOW_NS + 150e9);
    assert.equal(knowsNothing.due(NOW_NS + 300e9), undefined);
  });

  test('does not, either, when the memory cannot be read at first; and nothing is restored twice', async (t) => {
    const after = campaign();
    const next = await open(t, [], await firstHalf(t), after, NOW_NS + 140e9, FAILING_WORKER);
    assert.match(next.warnings.join(), /EIO/);
    for (let tries = 0; tries < 3; tries++) {
      next.remembrance.recallAgain();
      await next.remembrance.written();
    }
    half(after, 6, NOW_NS + 150e9);
    assert.equal(after.due(NOW_NS + 300e9)?.sourceCount, 12);
    assert.equal(next.restorations(), 1);
    assert.equal(next.trails.of('198.51.100.66', NOW_NS + 300e9)?.probes, 1);
  });
});
