import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ListKeeper } from '../../../src/lists/keeper.ts';
import type { ListSpec } from '../../../src/lists/list.ts';
import { type LoadJob, load } from '../../../src/lists/load.ts';
import type { SentryEvent } from '../../../src/report/event.ts';
import { makeListGuard } from '../../../src/respond/list-guard.ts';
import { packAll } from '../../../src/values/packed-prefixes.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';
import { waitUntil } from '../../support/wait-until.ts';

export type ListEvent = Extract<SentryEvent, { event: `list_${string}` }>;

/** A list of the configuration in a file. */
export const inFile = (name: string, path: string): ListSpec => ({
  name,
  source: { kind: 'file', path },
  format: undefined,
  maxBytes: 1 << 20,
});

/** The same at a server. */
export const atUrl = (name: string, url: string, refreshMs = 3_600_000): ListSpec => ({
  ...inFile(name, ''),
  source: { kind: 'url', url, refreshMs },
});

/** A keeper of lists with a data plane in memory, a clock that the test turns, and a directory of its own. */
export function makeKeeper(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-keeper-'));
  const keepers: ListKeeper[] = [];
  t.after(async () => {
    await Promise.all(keepers.map((each) => each.stop())); // they write into it
    rmSync(directory, { recursive: true });
  });
  const dataPlane = new FakeDataPlane();
  const events: SentryEvent[] = [];
  const jobs: LoadJob[] = [];
  /** Resolves before each load; a test may hold it up. */
  const gate = { open: Promise.resolve() };
  /** What the guard goes by at each load. */
  const exempt = { own: packAll([]), ignored: packAll([]) };
  const make = (lists: readonly ListSpec[], isEnforcing = true, cache?: string): ListKeeper => {
    const keeper = new ListKeeper({
      lists,
      isEnforcing,
      cache,
      dataPlane,
      async load(job) {
        jobs.push(job);
        await gate.open;
        return await load(job, makeListGuard(job.exempt));
      },
      exempt: async () => exempt,
      tell: (event) => events.push(event),
      random: () => 0.5,
    });
    keepers.push(keeper);
    return keeper;
  };
  return {
    directory,
    path: (name: string) => join(directory, name),
    dataPlane,
    events,
    jobs,
    gate,
    exempt,
    make,
    /** Waits for the next event of such a kind, which is then no longer to come. */
    async next<K extends ListEvent['event'] | 'warning'>(
      kind: K,
    ): Promise<Extract<SentryEvent, { event: K }>> {
      const find = () => events.findIndex(({ event }) => event === kind);
      await waitUntil(() => find() >= 0);
      return events.splice(find(), 1)[0] as Extract<SentryEvent, { event: K }>;
    },
    /** Looks, until that comes of it. */
    async lookUntil(condition: () => boolean) {
      await waitUntil(() => {
        keepers.at(-1)?.look();
        return condition();
      });
    },
  };
}
