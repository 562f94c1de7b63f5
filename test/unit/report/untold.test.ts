import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SentryEvent } from '../../../src/report/event.ts';
import { untoldTeller } from '../../../src/report/untold.ts';

test('probes that were counted and not told of are summed up once, whatever the reason', () => {
  const counts = { source_budget: 7, global_budget: 0, ring_full: 0, source_forgotten: 0 };
  const told: SentryEvent[] = [];
  const losses = () => Object.entries(counts).map(([reason, count]) => ({ reason, count }));
  const sumUp = untoldTeller(losses, (event) => told.push(event));
  const steps = [
    { says: 'what was lost before is not its business', change: {}, lines: [] },
    { says: 'one reason', change: { source_budget: 107 }, lines: [100] },
    { says: 'nothing new', change: {}, lines: [] },
    { says: 'all reasons', change: { source_budget: 110, global_budget: 20, ring_full: 300 }, lines: [323] },
    { says: 'what is no probe', change: { source_forgotten: 9 }, lines: [] },
  ];
  for (const { says, change, lines } of steps) {
    Object.assign(counts, change);
    told.length = 0;
    sumUp();
    assert.deepEqual(
      told,
      lines.map((count) => ({ event: 'summed_up', lines: count, seconds: 1 })),
      says,
    );
  }
});
