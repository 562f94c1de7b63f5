/** Scans among decoys: which sources are taken for one set, when that is told of, and when one of them is on its own again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Probe } from '../../../../src/detect/probe.ts';
import { Decoys } from '../../../../src/detect/together/decoys.ts';
import { decoyBounds } from '../../../../src/kernel/decoy-bounds.ts';
import { Source, seconds } from '../../../support/probes.ts';

const MS = 1e6;
const SET = ['203.0.113.1', '198.51.100.7', '192.0.2.9'];

/** A scan: each probe once in the name of each of the sources, a microsecond apart; probes are `gapNs` apart. All are of one story. */
function scan(names: readonly string[], ports: readonly number[], { atNs = 0, gapNs = MS } = {}): Probe[] {
  const sources = names.map((name) => new Source(name));
  return ports.flatMap((port, round) =>
    sources.map((source, index) => ({
      ...source.probe(atNs + round * gapNs + index * 1000, port),
      firstNs: 0,
      traits: {
        sourcePort: 40_000,
        ipId: 7 + round,
        ttl: 50,
        tcp: { sequence: 1000 + round, window: 1024, headerBytes: 24 },
      },
    })),
  );
}

const observeAll = (decoys: Decoys, probes: readonly Probe[]) => probes.map((probe) => decoys.observe(probe));
const isEachDecoy = (decoys: Decoys, names: readonly string[]) => names.map((name) => decoys.isDecoy(name));

describe('the same probe from several sources', () => {
  test('spares them from the first on, is told of with the second, and once an hour', () => {
    const decoys = new Decoys(decoyBounds);
    observeAll(decoys, scan(SET, [21]));
    assert.deepEqual(isEachDecoy(decoys, SET), [true, true, true]);
    assert.deepEqual(decoys.due(seconds(60)), []);
    observeAll(decoys, scan(SET, [22, 23, 80], { atNs: seconds(61) }));
    assert.deepEqual(decoys.due(seconds(61)), [], 'it waits for the rest of the set');
    const [alert, ...others] = decoys.due(seconds(64));
    assert.deepEqual(others, []);
    assert.deepEqual(alert?.sources.toSorted(), SET.toSorted());
    assert.equal(alert?.probes, 4);
    observeAll(decoys, scan(SET, [100, 101], { atNs: seconds(1800) }));
    assert.deepEqual(decoys.due(seconds(1900)), []);
    observeAll(decoys, scan(SET, [200], { atNs: seconds(3700) }));
    assert.deepEqual(
      decoys.due(seconds(3800)).map(({ ports }) => ports.map(({ port }) => port)),
      [[100, 101, 200]],
    );
  });

  for (const [says, change] of [
    ['another sequence number', { tcp: { sequence: 2, window: 1, headerBytes: 20 } }],
    ['another source port', { sourcePort: 1 }],
    ['another identification', { ipId: 1 }],
  ] as const) {
    test(`is another with ${says}`, () => {
      const decoys = new Decoys(decoyBounds);
      const [first, second, third] = scan(SET, [22]) as [Probe, Probe, Probe];
      observeAll(decoys, [first, second, { ...third, traits: { ...third.traits!, ...change } }]);
      assert.deepEqual(isEachDecoy(decoys, SET), [false, false, false]);
    });
  }

  test('is no copy a second later, nor one of a source by itself', () => {
    const decoys = new Decoys(decoyBounds);
    const [first, second, third] = scan(SET, [22]) as [Probe, Probe, Probe];
    observeAll(decoys, [first, second, first, second, { ...third, atNs: seconds(1) }]);
    assert.deepEqual(isEachDecoy(decoys, SET), [false, false, false]);
  });

  test('is known of UDP by source port and identification, and of nothing that has too little of its own', () => {
    const udp = (name: string, ipId: number | undefined): Probe => ({
      ...new Source(name).probe(0, 53, { kind: 'udp' }),
      traits: { sourcePort: 40_000, ipId, ttl: 50, tcp: undefined },
    });
    for (const [ipId, expected] of [
      [77, true],
      [0, false],
      [undefined, false],
    ] as const) {
      const decoys = new Decoys(decoyBounds);
      observeAll(decoys, [udp('192.0.2.1', ipId), udp('192.0.2.2', ipId), udp('192.0.2.3', ipId)]);
      assert.equal(decoys.isDecoy('192.0.2.1'), expected);
    }
  });

  test('from two of them only is told of, and spares nobody: one forged source is too cheap', () => {
    const decoys = new Decoys(decoyBounds);
    observeAll(decoys, scan(SET.slice(0, 2), [21, 22, 23, 25]));
    assert.deepEqual(isEachDecoy(decoys, SET), [false, false, false]);
    const [alert] = decoys.due(seconds(10));
    assert.deepEqual([alert?.sources.toSorted(), alert?.isSpared], [SET.slice(0, 2).toSorted(), false]);
  });

  test('from another forged source each time spares neither', () => {
    const decoys = new Decoys(decoyBounds);
    for (let round = 0; round < 20; round++)
      observeAll(decoys, scan([SET[0]!, `10.0.0.${round}`], [21 + round], { atNs: seconds(round) }));
    assert.equal(decoys.isDecoy(SET[0]!), false);
  });

  test('that the data plane alone has seen spares the source as well, and as long as it says so', () => {
    const decoys = new Decoys(decoyBounds);
    const [first, second] = scan(['192.0.2.1'], [22, 23]) as [Probe, Probe];
    assert.deepEqual(decoys.observe(first, true), { copied: ['192.0.2.1'], isAlone: false });
    assert.equal(decoys.isDecoy('192.0.2.1'), true);
    assert.equal(decoys.observe(second, false).isAlone, true);
    assert.equal(decoys.isDecoy('192.0.2.1'), false);
  });
});

describe('a source of a set', () => {
  test('is on its own again once less than half of its latest probes are copies', () => {
    const decoys = new Decoys(decoyBounds);
    const ports = Array.from({ length: 200 }, (_, index) => index + 1);
    observeAll(decoys, scan(SET, ports));
    const alone = scan([SET[0]!], ports.slice(0, 20), { atNs: seconds(10) });
    const found = observeAll(decoys, alone).map(({ isAlone }) => isAlone);
    const at = found.indexOf(true);
    assert.ok(at > 0 && at < 16, `at its probe ${at}`);
    assert.equal(found.filter(Boolean).length, 1);
    assert.deepEqual(isEachDecoy(decoys, SET), [false, true, true]);
  });

  test('had probes of its own before: one copy does not undo them', () => {
    const decoys = new Decoys(decoyBounds);
    const source = new Source(SET[0]);
    for (const port of [1, 2, 3]) decoys.observe(source.probe(0, port));
    const [copy, ...others] = scan(SET, [4]) as [Probe, Probe, Probe];
    observeAll(decoys, [{ ...copy, total: 4 }, ...others]);
    assert.deepEqual(isEachDecoy(decoys, SET), [false, true, true]);
  });

  test('cannot save copies up: after a thousand of them nine probes of its own are as many as after twenty', () => {
    const spared = [20, 1000].map((count) => {
      const decoys = new Decoys(decoyBounds);
      const ports = Array.from({ length: count }, (_, index) => index + 1);
      observeAll(decoys, scan(SET, ports));
      const alone = scan([SET[0]!], ports.slice(0, 20), { atNs: seconds(10) });
      return observeAll(decoys, alone).findIndex(({ isAlone }) => isAlone);
    });
    assert.deepEqual(spared[0], spared[1]);
    assert.ok(spared[0]! > 0 && spared[0]! <= 9, `${spared[0]}`);
  });

  test('is spared for so many probes and no more, those included that nobody was told of', () => {
    const decoys = new Decoys(decoyBounds);
    const { sparedProbes } = decoyBounds;
    observeAll(decoys, scan(SET, [21, 22, 23]));
    const [last, beyond] = [sparedProbes, sparedProbes + 1].map((total, round) =>
      scan(SET, [80 + round], { atNs: seconds(1 + round) }).map((probe) => ({ ...probe, total })),
    );
    observeAll(decoys, last!);
    assert.deepEqual(isEachDecoy(decoys, SET), [true, true, true]);
    const findings = observeAll(decoys, beyond!);
    assert.deepEqual(isEachDecoy(decoys, SET), [false, false, false]);
    assert.deepEqual(
      findings.map(({ isAlone }) => isAlone),
      [true, true, true],
      'rules apply again',
    );
  });

  test('has sent as much when the data plane counts it anew, as it does after each block', () => {
    const decoys = new Decoys(decoyBounds);
    const quarter = decoyBounds.sparedProbes / 4;
    observeAll(decoys, scan(SET, [21, 22]));
    const sparedAfter = (story: number, total: number) => {
      const atNs = seconds(story);
      const numbered = { firstNs: atNs, total };
      observeAll(
        decoys,
        scan(SET, [21, 22], { atNs }).map((probe) => ({ ...probe, ...numbered })),
      );
      return isEachDecoy(decoys, SET);
    };
    for (const [story, total] of [2, quarter, quarter, quarter, quarter - 4].entries())
      assert.deepEqual(sparedAfter(1 + story, total), [true, true, true], `${story}`);
    assert.deepEqual(sparedAfter(6, 1), [false, false, false]);
  });

  test('has not sent more when what it sent before comes late', () => {
    const decoys = new Decoys(decoyBounds);
    const half = decoyBounds.sparedProbes / 2;
    for (let round = 0; round < 4; round++) {
      const before = scan(SET, [100 + round]).map((probe) => ({ ...probe, total: half }));
      const after = scan(SET, [200 + round]).map((probe) => ({ ...probe, firstNs: 1, total: 1 + round }));
      observeAll(decoys, [...before, ...after]);
    }
    assert.deepEqual(isEachDecoy(decoys, SET), [true, true, true]);
  });

  test('is forgotten an hour after its last copy', () => {
    const decoys = new Decoys(decoyBounds);
    observeAll(decoys, scan(SET, [21, 22]));
    decoys.observe(new Source('192.0.2.200').probe(seconds(3700), 1));
    assert.deepEqual(isEachDecoy(decoys, SET), [false, false, false]);
  });
});

test('the order in which a set is told of does not matter', () => {
  const probes = scan(SET, [21, 22, 23, 25, 80, 110, 143, 443], { gapNs: 10 * MS });
  const order = fc.array(fc.nat(1e6), { minLength: probes.length, maxLength: probes.length });
  fc.assert(
    fc.property(order, (keys) => {
      const decoys = new Decoys(decoyBounds);
      const mixed = probes
        .map((probe, index) => ({ probe, key: keys[index]! }))
        .sort((a, b) => a.key - b.key)
        .map(({ probe }) => probe);
      observeAll(decoys, mixed);
      assert.deepEqual(isEachDecoy(decoys, SET), [true, true, true]);
      const [alert] = decoys.due(seconds(10));
      assert.deepEqual(alert?.sources.toSorted(), SET.toSorted());
    }),
    { numRuns: 300 },
  );
});

test('a flood of sets takes bounded memory, and what is forgotten is counted', () => {
  const decoys = new Decoys(decoyBounds);
  for (let count = 0; count < 6000; count++)
    observeAll(decoys, scan([`a${count}`, `b${count}`], [count + 1], { atNs: count * 1000 }));
  assert.ok(decoys.suspects <= 4096);
  assert.ok(decoys.forgotten >= 12_000 - 4096);
});
