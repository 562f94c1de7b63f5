/** A rule means the same in the kernel as in the controller. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Detector } from '../../../src/detect/detector.ts';
import { type ProbeKind, probeKinds } from '../../../src/detect/probe.ts';
import { slotsOf } from '../../../src/kernel/rules.ts';
import { ruleBounds } from '../../../src/kernel/wire.generated.ts';
import { KernelRuleModel } from '../../support/kernel-rule-model.ts';
import { rule, Source } from '../../support/probes.ts';

const TICK_NS = 2 ** ruleBounds.TICK_SHIFT;
const wireKinds = probeKinds.filter((kind) => kind !== 'connect');

const rules = fc
  .record({
    ports: fc.integer({ min: 1, max: 6 }),
    probes: fc.integer({ min: 1, max: 12 }),
    window: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(Number.POSITIVE_INFINITY)),
    kinds: fc.subarray<ProbeKind>(wireKinds, { minLength: 1 }).map((kinds) => new Set(kinds)),
  })
  .map(({ window, ...wanted }) => rule({ ...wanted, windowNs: window * TICK_NS, again: 'probe' }))
  .filter((it) => slotsOf(it).ports + slotsOf(it).probes > 0);

const steps = (unit: number) =>
  fc.array(
    fc.record({
      gapNs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })).map((gap) => gap * unit),
      port: fc.integer({ min: 1, max: 8 }),
      kind: fc.constantFrom(...wireKinds),
    }),
    { maxLength: 80 },
  );

test('at whole ticks, kernel and detector find a rule fulfilled by the same probes', () => {
  fc.assert(
    fc.property(rules, steps(TICK_NS), (it, sequence) => {
      const kernel = new KernelRuleModel(it);
      const detector = new Detector([it], 10);
      const source = new Source();
      let atNs = TICK_NS;
      for (const { gapNs, port, kind } of sequence) {
        atNs += gapNs;
        const probe = source.probe(atNs, port, { kind });
        assert.equal(kernel.observe(probe), detector.observe(probe).length > 0);
      }
    }),
    { numRuns: 3000 },
  );
});

test('between ticks, the kernel misses nothing, and its window is less than two ticks too long', () => {
  fc.assert(
    fc.property(rules, steps(TICK_NS / 7), (it, sequence) => {
      const kernel = new KernelRuleModel(it);
      const exact = new Detector([it], 10);
      const wide = new Detector([{ ...it, windowNs: it.windowNs + 2 * TICK_NS }], 10);
      const source = new Source();
      let atNs = TICK_NS;
      for (const { gapNs, port, kind } of sequence) {
        atNs += gapNs;
        const probe = source.probe(atNs, port, { kind });
        const [least, most] = [exact, wide].map((detector) => detector.observe(probe).length > 0);
        const fired = kernel.observe(probe);
        assert.ok(!least || fired);
        assert.ok(!fired || most);
      }
    }),
    { numRuns: 3000 },
  );
});

test('what the kernel has decided is an alert, whatever was told of before', () => {
  const untold = fc.boolean();
  const told = fc.array(fc.record({ port: fc.integer({ min: 1, max: 8 }), isTold: untold }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(rules, told, (it, sequence) => {
      const kernel = new KernelRuleModel(it);
      const detector = new Detector([it], 10);
      const source = new Source();
      const kind = [...it.kinds][0]!;
      for (const [index, { port, isTold }] of sequence.entries()) {
        const probe = source.probe(index * TICK_NS, port, { kind });
        if (!kernel.observe(probe)) {
          if (isTold) detector.observe(probe);
          continue;
        }
        const [alert, ...others] = detector.confirm(probe, it);
        assert.deepEqual(others, []);
        assert.ok(alert);
        assert.ok(alert.ports.some((known) => known.port === port && known.protocol === probe.protocol));
        assert.ok(alert.probes >= Math.max(it.ports, it.probes));
      }
    }),
  );
});
