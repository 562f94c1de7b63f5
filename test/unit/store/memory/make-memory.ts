import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Database } from '../../../../src/store/memory/database.ts';
import { Memory } from '../../../../src/store/memory/memory.ts';
import type { BlockRow, CampaignRow, OffenceRow, TrailRow } from '../../../../src/store/memory/rows.ts';
import type { Method } from '../../../../src/store/memory/thread.ts';
import { blocksIn, directoryOf, EVERYTHING, moment, openAt, trailsIn } from './scene.ts';

const KEEP = { historyMs: 1e12, historyRows: 1e6, offenceMs: 1e12, trailMs: 1e12, trailRows: 1e6 };

/** A memory on a real database, which fails or hangs when the test says so. */
export function makeMemory(t: TestContext, { all = [] as readonly BlockRow[] } = {}) {
  const path = join(directoryOf(t), 'memory.db');
  const database = new Database(path, KEEP);
  t.after(() => database.close());
  /** `of`: only that call fails, or hangs. */
  const fault: { message?: string; of?: Method; hangs?: boolean } = {};
  const clock = { stepMs: 0 };
  const caller =
    (call: Method) =>
    async (...args: readonly unknown[]) => {
      if (fault.hangs && (fault.of ?? call) === call) await new Promise(() => undefined);
      const fails = fault.of === undefined ? call !== 'close' : call === fault.of;
      if (fault.message !== undefined && fails) throw new Error(fault.message);
      return (database[call] as (...args: readonly unknown[]) => unknown).apply(database, [...args]) as never;
    };
  const warnings: string[] = [];
  const recalled: string[] = [];
  const recalledTrails: string[] = [];
  /** What is known of campaigns: here, what earlier runs knew, and what this one has learned. */
  const campaign: { learned: readonly string[] } = { learned: [] };
  let recalls = 0;
  const trails = new Map<string, TrailRow>();
  const onProbation = new Set<string>();
  const memory = new Memory({
    path,
    database: {
      open: caller('open'),
      write: caller('write'),
      blocksAfter: caller('blocksAfter'),
      offencesAfter: caller('offencesAfter'),
      trailsAfter: caller('trailsAfter'),
      campaign: caller('campaign'),
      history: caller('history'),
      close: caller('close'),
      stop: async () => undefined,
    },
    now: () => moment(0, clock),
    async recall(recollection) {
      recalls++;
      for await (const rows of recollection.blocks()) recalled.push(...rows.map(({ source }) => source));
    },
    async recallTrails(recollection) {
      const row = await recollection.campaign();
      const found: TrailRow[] = [];
      for await (const rows of recollection.trails()) found.push(...rows);
      recalledTrails.push(...found.map(({ source }) => source));
      for (const earlier of found) {
        const { probes = 0 } = trails.get(earlier.source) ?? {};
        trails.set(earlier.source, { ...earlier, probes: earlier.probes + probes });
      }
      campaign.learned = [...learnedIn(row), ...campaign.learned];
    },
    trails: {
      get kept() {
        return trails.keys();
      },
      onProbation,
      rowOf: (source) => trails.get(source),
    },
    campaign: () => campaignRow(...campaign.learned),
    async *all() {
      yield { blocks: all, offences: [] as readonly OffenceRow[] };
    },
    warn: (text) => warnings.push(text.replaceAll(path, 'PATH')),
  });
  /** What a second look at the file finds. */
  const look = () => {
    database.close();
    const again = openAt(path);
    const found = { blocks: blocksIn(again), history: again.history(EVERYTHING) };
    const [kept, learned] = [trailsIn(again), learnedIn(again.campaign())];
    again.close();
    database.open(moment());
    return { found, trails: kept, learned };
  };
  const written = () => look().found;
  const writtenTrails = () => look().trails;
  return {
    memory,
    trails,
    onProbation,
    writtenTrails,
    campaign,
    writtenCampaign: () => look().learned,
    path,
    fault,
    clock,
    warnings,
    recalled,
    recalledTrails,
    written,
    recalls: () => recalls,
  };
}

/** Undefined of nothing, as before the first minute. */
export const campaignRow = (...learned: readonly string[]): CampaignRow | undefined =>
  learned.length > 0 ? { atNs: 0, state: JSON.stringify(learned) } : undefined;

const learnedIn = (row: CampaignRow | undefined): string[] =>
  row ? (JSON.parse(row.state) as string[]) : [];

/** Lets everything that is under way come to its end, without a clock. */
export const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};
