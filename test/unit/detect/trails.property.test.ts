/** Whatever comes: memory is bounded, and rules that begin anew with what is remembered decide as those that saw it all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Detector } from '../../../src/detect/detector.ts';
import { type Probe, probeKinds } from '../../../src/detect/probe.ts';
import { MAX_TARGETS } from '../../../src/detect/trail.ts';
import { Trails } from '../../../src/detect/trails.ts';
import { trailFacts, trailRow } from '../../../src/memory/trail-row.ts';
import { rule, Source, seconds } from '../../support/probes.ts';

const step = fc.record({
  source: fc.constantFrom('198.51.100.1', '198.51.100.2', '2001:db8::/64', '198.51.100.4'),
  port: fc.integer({ min: 1, max: 4 }),
  host: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'),
  kind: fc.constantFrom(...probeKinds),
  pauseSeconds: fc.integer({ min: 0, max: 40 }),
  untold: fc.constantFrom(0, 0, 3),
  tool: fc.constantFrom(undefined, undefined, 'nmap' as const, 'zmap' as const),
});
const steps = fc.array(step, { maxLength: 60 });
/** No source has more targets than are remembered. */
const isWithin = (list: readonly { readonly source: string }[]) =>
  Object.values(Object.groupBy(list, ({ source }) => source)).every((own) => own!.length <= MAX_TARGETS);

function probesOf(list: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Probe[] {
  const sources = new Map<string, Source>();
  let atNs = 0;
  return list.map(({ source, port, host: destination, kind, pauseSeconds, untold, tool }) => {
    if (!sources.has(source)) sources.set(source, new Source(source));
    atNs += seconds(pauseSeconds);
    const probe = sources.get(source)!.probe(atNs, port, { kind, destination, untold });
    return tool ? { ...probe, mark: { tool } } : probe;
  });
}

const NOT_SPENT = { answeredAfterMs: null, pardonedAfterMs: null };

/** All that are remembered. */
const sourcesOf = (trails: Trails): string[] => [...trails.onProbation, ...trails.kept];

test('property: no more sources and targets than there is room for, and each source with what it touched last', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 2, max: 5 }), (list, maxSources) => {
      const trails = new Trails({ maxSources });
      const probes = probesOf(list);
      for (const probe of probes) trails.note(probe);
      assert.ok(sourcesOf(trails).length <= maxSources);
      const last = probes.at(-1)?.source;
      assert.ok(last === undefined || sourcesOf(trails).includes(last));
      for (const source of sourcesOf(trails)) {
        const { touches } = trails.of(source, probes.at(-1)!.atNs)!;
        assert.ok(touches.length <= MAX_TARGETS);
        const last = probes.findLast((probe) => probe.source === source)!;
        assert.equal(touches.at(-1)!.port, last.port);
      }
    }),
  );
});

test('property: rules that are fed from what is remembered know as much as those that saw it all', () => {
  const wanted = fc.record({
    ports: fc.integer({ min: 1, max: 4 }),
    hosts: fc.integer({ min: 1, max: 3 }),
    targets: fc.integer({ min: 1, max: 4 }),
    windowNs: fc.constantFrom(seconds(30), seconds(300), Number.POSITIVE_INFINITY),
    kinds: fc.subarray([...probeKinds], { minLength: 1 }).map((kinds) => new Set(kinds)),
    tools: fc.option(
      fc.constantFrom(new Set(['nmap' as const]), new Set(['nmap' as const, 'zmap' as const])),
    ),
  });
  fc.assert(
    fc.property(steps.filter(isWithin), fc.array(wanted, { minLength: 1, maxLength: 3 }), (list, rules) => {
      const all = rules.map(({ tools, ...it }) => rule({ ...it, ...(tools && { tools }) }));
      const seen = new Detector(all, 100);
      const trails = new Trails({ maxSources: 100 });
      const probes = probesOf(list);
      for (const probe of probes) {
        seen.observe(probe);
        trails.note(probe);
      }
      const fed = new Detector(all, 100, (source, nowNs) => trails.of(source, nowNs));
      const nowNs = (probes.at(-1)?.atNs ?? 0) + seconds(5);
      for (const source of sourcesOf(trails)) {
        const known = (it: Detector<(typeof all)[number]>) =>
          it.standings(source, nowNs).map(({ ports, hosts, targets }) => [ports, hosts, targets]);
        assert.deepEqual(known(fed), known(seen));
      }
    }),
  );
});

test('property: what comes back from the disk is what was remembered, to the millisecond', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const trails = new Trails({ maxSources: 100 });
      const probes = probesOf(list);
      for (const probe of probes) trails.note(probe);
      for (const source of sourcesOf(trails)) {
        const facts = trails.of(source, probes.at(-1)!.atNs)!;
        assert.deepEqual(trailFacts(trailRow(source, facts)), facts);
      }
    }),
  );
});

test('property: a row that a disk has spoilt gives nothing that could not be', () => {
  const touches = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .array(
        fc.tuple(
          fc.constantFrom('tcp', 'udp', 'gre', 7),
          fc.constantFrom(22, -1, 70_000, 1.5, '22'),
          fc.constantFrom('192.0.2.1', '192.0.2.1/24', 'nobody', null),
          fc.constantFrom('syn', 'toString', null),
          fc.constantFrom(0, 1000, -1, 1e300),
        ),
        { maxLength: 50 },
      )
      .map((all) => JSON.stringify(all)),
  );
  const source = fc.constantFrom('198.51.100.66', '2001:db8::/64', 'nobody');
  const number = fc.oneof(fc.integer(), fc.constant(Number.NaN));
  fc.assert(
    fc.property(touches, number, number, source, (text, firstNs, lastNs, from) => {
      const row = {
        source: from,
        firstNs,
        lastNs,
        probes: 1,
        isProven: false,
        storyNs: null,
        storyTotal: 0,
        isOnProbation: false,
        ...NOT_SPENT,
      };
      const facts = trailFacts({ ...row, touches: text });
      if (!facts) return;
      assert.ok(facts.firstNs <= facts.lastNs && facts.touches.length <= MAX_TARGETS);
      for (const touch of facts.touches) {
        const { protocol, port, destination, kind, atNs } = touch;
        assert.ok(['tcp', 'udp'].includes(protocol) && port === 22 && kind === 'syn');
        assert.ok(destination === '192.0.2.1' && atNs <= facts.lastNs);
      }
    }),
  );
});
