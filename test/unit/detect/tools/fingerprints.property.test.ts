import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../../../scripts/packets/random.ts';
import { type ProbeKind, probeKinds } from '../../../../src/detect/probe.ts';
import { Fingerprints } from '../../../../src/detect/tools/fingerprints.ts';
import { Source } from '../../../support/probes.ts';
import { probeOf, type Row } from './seen.ts';

/** What tools have, so that chance has to give nothing but what is compared. */
const SHAPES = [
  [1024, 24],
  [1024, 20],
  [65_535, 20],
  [512, 20],
  [65_535, 32],
] as const;

/** Packets whose identification, sequence number and source port are random, in the shape of a tool's. */
function randomRow(random: Random, destinations: number): Row {
  const [window, headerBytes] = SHAPES[random.below(SHAPES.length)]!;
  const destination = `192.0.2.${random.below(destinations)}`;
  const [port, sourcePort, ipId, ttl] = [
    random.below(65_536),
    random.below(65_536),
    random.below(65_536),
    random.below(256),
  ];
  return [destination, port, sourcePort, ipId, ttl, random.u32(), window, headerBytes];
}

test('of random packets no more have a mark than chance allows, however much they look like a tool', () => {
  const PACKETS = 400_000;
  const random = new Random(2026_11_28);
  const it = new Fingerprints(1000);
  const marks = new Map<string, number>();
  for (let count = 0; count < PACKETS / 2; count++) {
    const source = new Source(`source ${count}`);
    for (let nth = 0; nth < 2; nth++) {
      const { mark } = it.observe(probeOf(source, randomRow(random, 4), count * 2 + nth));
      if (mark) marks.set(mark.tool, (marks.get(mark.tool) ?? 0) + 1);
    }
  }
  // masscan: 2^-16, and as much for each of the two values that may be learned by chance, so 18 at most; zmap: of two packets in five
  // 2^-16, 2.4; nmap: of second packets, of which four in 25 come with two windows of nmap's, 2^-16 less what the source ports rule out.
  // Of numbers that are expected so seldom, chance gives less than these in all but one run of ten thousand.
  const bounds: Readonly<Record<string, number>> = {
    masscan: 35,
    zmap: 10,
    nmap: 4,
    mirai: 1,
    unicornscan: 1,
    hping3: 0,
  };
  for (const [tool, count] of marks) assert.ok(count <= bounds[tool]!, `${tool}: ${count} of ${PACKETS}`);
  assert.ok((marks.get('masscan') ?? 0) > 0, 'chance has its share: the marks are looked for');
});

const rows = fc.array(
  fc.record({
    source: fc.integer({ min: 0, max: 40 }),
    destination: fc.oneof(fc.ipV4(), fc.ipV6()),
    kind: fc.constantFrom(...probeKinds.filter((kind) => kind !== 'connect' && kind !== 'udp')),
    fields: fc.tuple(
      fc.integer({ min: 0, max: 65_535 }),
      fc.integer({ min: 0, max: 65_535 }),
      fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined }),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.constantFrom(512, 1024, 65_535, 0),
      fc.constantFrom(20, 24, 32, 60),
    ),
  }),
  { maxLength: 200 },
);

test('whatever comes, as many sources are remembered as may be, and confidence stays below certainty', () => {
  fc.assert(
    fc.property(rows, (sequence) => {
      const it = new Fingerprints(10);
      for (const [atNs, { source, destination, kind, fields }] of sequence.entries()) {
        const probe = probeOf(new Source(`${source}`), [destination, ...fields], atNs, kind as ProbeKind);
        const { mark, finding } = it.observe(probe);
        assert.ok(it.sources <= 10);
        if (finding)
          assert.ok(finding.confidence >= 0.5 && finding.confidence <= 0.99, `${finding.confidence}`);
        if (mark) assert.equal(finding?.confidence, 0.99);
      }
    }),
    { numRuns: 300 },
  );
});

test('a source that scans many addresses fills nothing', () => {
  const it = new Fingerprints(10);
  const source = new Source();
  const random = new Random(7);
  for (let count = 0; count < 5000; count++) {
    const [, ...rest] = randomRow(random, 1);
    it.observe(probeOf(source, [`10.1.${count >> 8}.${count & 255}`, ...rest], count));
  }
  assert.equal(it.destinations, 1024);
});
