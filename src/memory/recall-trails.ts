import { setImmediate as nextTurn } from 'node:timers/promises';
import { Trail, type TrailFacts } from '../detect/trail.ts';
import type { Trails } from '../detect/trails.ts';
import type { Recollection } from '../store/memory/recollection.ts';
import { trailFacts } from './trail-row.ts';

/** Trails that are read in one turn of the event loop: a few milliseconds. */
const BATCH = 256;

export type RecallTrailsParts = {
  readonly trails: Pick<Trails, 'restore'>;
  readonly nowNs: () => number;
  readonly trailsRestored: () => void;
  readonly warn: (text: string) => void;
  /** Called now and then while there is something to do. */
  readonly goesOn: () => void;
};

/** Gives back what sources have touched in earlier runs: all of it or, when it cannot be read to its end, nothing. */
export async function recallTrails(
  memory: Pick<Recollection, 'trails'>,
  parts: RecallTrailsParts,
): Promise<void> {
  const { trails, nowNs, trailsRestored, warn, goesOn } = parts;
  const found: [source: string, trail: Trail][] = [];
  let unreadable = 0;
  for await (const portion of memory.trails()) {
    for (const [index, row] of portion.entries()) {
      if (index % BATCH === 0) {
        goesOn();
        await nextTurn();
      }
      const facts = trailFacts(row);
      if (facts && facts.lastNs <= nowNs()) found.push([row.source, Trail.of(atMost(facts, nowNs()))]);
      else unreadable++;
    }
  }
  if (unreadable > 0) warn(`trails of the memory that cannot be read, and are let go: ${unreadable}`);
  if (found.length === 0) return;
  trails.restore(found);
  trailsRestored();
}

/** A clock that was set back must not let what is yet to come be spent. */
const atMost = (facts: TrailFacts, nowNs: number): TrailFacts => ({
  ...facts,
  answeredNs: Math.min(facts.answeredNs, nowNs),
  pardonedNs: Math.min(facts.pardonedNs, nowNs),
});
