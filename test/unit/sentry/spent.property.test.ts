/** No rule fires twice on the same evidence, whatever ended the answer to it, and whether or not the sentry was started anew meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Trail } from '../../../src/detect/trail.ts';
import { trailFacts, trailRow } from '../../../src/memory/trail-row.ts';
import { makeSentry, prefix, SCANNER } from './make-sentry.ts';

const YAML = `
mode: enforce
rules:
  - { name: fast, distinct_ports: 3, window: 1m, block_for: 10m }
  - { name: slow, distinct_ports: 4, window: 48h, block_for: 10m }
  - { name: repeated, probes: 5, window: 1h, block_for: 10m }
  - { name: told, distinct_ports: 2, window: 1h, action: alert }
`;
const MS = 1e6;
const WINDOWS_MS: Record<string, number> = {
  fast: 60_000,
  slow: 48 * 3_600_000,
  repeated: 3_600_000,
  told: 3_600_000,
};

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('probe' as const), port: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      ms: fc.constantFrom(1000, 30_000, 3_600_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('lift' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('suspend' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart' as const) }) },
);

/** What the rule asks for, and had after `sinceMs` at `nowMs`. */
function isEarned(
  rule: string,
  seen: readonly { atMs: number; port: number }[],
  sinceMs: number,
  nowMs: number,
): boolean {
  const counted = seen.filter(({ atMs }) => atMs > sinceMs && atMs >= nowMs - WINDOWS_MS[rule]!);
  const ports = new Set(counted.map(({ port }) => port)).size;
  switch (rule) {
    case 'fast':
      return ports >= 3;
    case 'slow':
      return ports >= 4;
    case 'told':
      return ports >= 2;
    default:
      return counted.length >= 5;
  }
}

type Made = ReturnType<typeof makeSentry>;

/** The next run, at that time: it knows what is on the disk. */
function restarted({ trails, blocks }: Made, nowNs: number): Made {
  const next = makeSentry(YAML);
  next.dataPlane.advance(nowNs);
  for (const { prefix: source, origin, reason, addedNs, expiresNs, evidence } of [...blocks])
    next.blocks.restore({ prefix: source, origin, reason, addedNs, expiresNs, evidence });
  next.trails.restore(
    [...trails.onProbation, ...trails.kept].map((source) => {
      const row = trailRow(source, trails.of(source, nowNs)!);
      return [source, Trail.of(trailFacts(row)!)] as const;
    }),
  );
  next.sentry.recount();
  next.take();
  return next;
}

test('property: between two alerts of a rule lies all that it asks for, and after an answer no rule counts what came before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let made = makeSentry(YAML);
      made.dataPlane.advance(MS);
      const seen: { atMs: number; port: number }[] = [];
      const firedMs = new Map<string, number>();
      let answeredMs = -1;
      let total = 0;
      const isBlocked = () => made.blocks.has(prefix(SCANNER));
      for (const it of steps) {
        const nowMs = made.dataPlane.nowNs() / MS;
        if (it.does === 'wait') made.dataPlane.advance(it.ms * MS);
        if (it.does === 'restart') {
          made = restarted(made, made.dataPlane.nowNs());
          firedMs.delete('told'); // that one has told of it is not on the disk
        }
        if (it.does === 'expire' && isBlocked()) made.dataPlane.advance(600_000 * MS);
        if (it.does === 'suspend' && isBlocked()) made.blocks.suspend(prefix(SCANNER));
        if (it.does === 'lift' && isBlocked()) {
          made.blocks.lift(prefix(SCANNER));
          answeredMs = nowMs;
        }
        if (it.does !== 'probe' || isBlocked()) continue;
        made.dataPlane.advance(MS);
        const atMs = nowMs + 1;
        seen.push({ atMs, port: it.port });
        const alerts = made
          .see({ port: it.port, total: ++total })
          .flatMap((line) => /^alert (\w+)/.exec(line)?.[1] ?? []);
        for (const rule of alerts) {
          const sinceMs = Math.max(answeredMs, firedMs.get(rule) ?? -1);
          assert.ok(isEarned(rule, seen, sinceMs, atMs), `${rule} at ${atMs} ms, since ${sinceMs} ms`);
          firedMs.set(rule, atMs);
        }
        if (isBlocked()) answeredMs = atMs;
      }
    }),
    { numRuns: 300 },
  );
});

test('one packet after an expired block is one packet, for a rule of days as well', () => {
  const { see, dataPlane, trails } = makeSentry(YAML);
  const probe = (port: number): string | undefined => {
    dataPlane.advance(120_000 * MS);
    return see({ port }).find((line) => line.includes(': block'));
  };
  assert.deepEqual([1, 2, 3, 4].map(probe), [undefined, undefined, undefined, 'alert slow: block']);
  dataPlane.advance(600_000 * MS);
  assert.deepEqual([5, 6, 7, 8].map(probe), [undefined, undefined, undefined, 'alert slow: block']);
  assert.equal(trails.of(SCANNER, dataPlane.nowNs())?.touches.length, 8, 'and all of it stays known');
});
