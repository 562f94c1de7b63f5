import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Detector } from '../../../src/detect/detector.ts';
import { type Probe, probeKinds } from '../../../src/detect/probe.ts';
import type { Rule } from '../../../src/detect/rule.ts';
import { rule, Source } from '../../support/probes.ts';

/** The words of the rule, taken literally: remembers everything and counts it anew each time. */
function naiveFirings(wanted: Rule, probes: readonly Probe[]): number[] {
  const fired: number[] = [];
  const counted: Probe[] = [];
  for (const [index, probe] of probes.entries()) {
    if (!wanted.kinds.has(probe.kind)) continue;
    counted.push(probe);
    const lastNs = fired.length > 0 ? probes[fired.at(-1)!]!.atNs : Number.NEGATIVE_INFINITY;
    const within = counted.filter(
      ({ atNs }) => atNs >= probe.atNs - wanted.windowNs && (wanted.again === 'probe' || atNs > lastNs),
    );
    const ports = new Set(within.map(({ protocol, port }) => `${port}/${protocol}`));
    const isQuiet = wanted.again === 'window' && probe.atNs - lastNs < wanted.windowNs;
    if (!isQuiet && within.length >= wanted.probes && ports.size >= wanted.ports) fired.push(index);
  }
  return fired;
}

const steps = fc.array(
  fc.record({
    gapNs: fc.integer({ min: 0, max: 40 }),
    port: fc.integer({ min: 1, max: 6 }),
    kind: fc.constantFrom(...probeKinds),
  }),
  { maxLength: 80 },
);

test('the detector fires exactly when the words of the rule say so', () => {
  const rules = fc.record({
    ports: fc.integer({ min: 1, max: 6 }),
    probes: fc.integer({ min: 1, max: 12 }),
    windowNs: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant(Number.POSITIVE_INFINITY)),
    again: fc.constantFrom('window' as const, 'probe' as const),
    kinds: fc.subarray([...probeKinds], { minLength: 1 }).map((kinds) => new Set(kinds)),
  });
  fc.assert(
    fc.property(rules, steps, (wanted, sequence) => {
      const it = rule(wanted);
      const source = new Source();
      let atNs = 0;
      const probes = sequence.map(({ gapNs, port, kind }) => {
        atNs += gapNs;
        return source.probe(atNs, port, { kind });
      });
      const detector = new Detector([it], 10);
      const fired = probes.flatMap((probe, index) => (detector.observe(probe).length > 0 ? [index] : []));
      assert.deepEqual(fired, naiveFirings(it, probes));
    }),
    { numRuns: 2000 },
  );
});

test('a threshold beyond exact counting is reached within a sixty-fourth of the window', () => {
  const windowNs = 64_000;
  const detector = new Detector([rule({ probes: 1000, windowNs })], 10);
  const source = new Source();
  let firedAt = 0;
  for (let count = 1; firedAt === 0 && count <= 2000; count++) {
    if (detector.observe(source.probe(count, 22)).length > 0) firedAt = count;
  }
  assert.equal(firedAt, 1000);
});

test('without an end of the window, a rule that fires with each probe fires from the Nth on, whatever lies between', () => {
  const arbitrary = {
    probes: fc.integer({ min: 1, max: 200 }),
    gaps: fc.array(fc.integer({ min: 0, max: 1e13 }), { maxLength: 300 }),
  };
  fc.assert(
    fc.property(fc.record(arbitrary), ({ probes, gaps }) => {
      const it = new Detector([rule({ probes, windowNs: Number.POSITIVE_INFINITY, again: 'probe' })], 10);
      const source = new Source();
      let atNs = 0;
      const fired = gaps.map((gapNs, index) => {
        atNs += gapNs;
        return it.observe(source.probe(atNs, index % 5)).length > 0;
      });
      assert.deepEqual(
        fired,
        gaps.map((_, index) => index + 1 >= probes),
      );
    }),
  );
});
