/** What the memory of an earlier run has left: in force again for the rest of its time, or let go. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { recall } from '../../../src/memory/recall.ts';
import { Blocks } from '../../../src/respond/blocks.ts';
import { makeGuard } from '../../../src/respond/guard.ts';
import type { OffenceRow, StoredBlock } from '../../../src/store/memory/rows.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';
import { prefixesOf } from '../../support/arbitrary-prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

const SCANNER = '198.51.100.66';
const row = (more: Partial<StoredBlock> = {}): StoredBlock => ({
  id: 1,
  source: SCANNER,
  origin: 'local',
  reason: 'scan: 1-4/tcp',
  evidence: { address: SCANNER, protocol: 'tcp', port: 4 },
  addedNs: -5e9,
  untilNs: 60e9,
  ...more,
});

async function recalled(
  rows: readonly StoredBlock[],
  {
    isObserving = false,
    capacity = 1000,
    offences = [] as readonly OffenceRow[],
    connected = [] as readonly string[],
    before = (_: Blocks): void => undefined,
  } = {},
) {
  const dataPlane = new FakeDataPlane(capacity);
  const guard = makeGuard(
    () => [{ prefix: parsePrefix('198.51.100.1')!, reason: 'an address of this host' }],
    () => [],
    (source) => (connected.includes(formatPrefix(source)) ? 'connection' : undefined),
  );
  const silent = { added: () => undefined, changed: () => undefined, removed: () => undefined };
  const blocks = new Blocks(dataPlane, guard, silent);
  const done: string[] = [];
  const offenders: string[] = [];
  before(blocks);
  await recall(
    {
      async *blocks() {
        yield rows;
      },
      async *offences() {
        yield offences;
      },
    },
    {
      isObserving: () => isObserving,
      nowNs: () => dataPlane.nowNs(),
      blocks,
      offences: {
        recall: (prefix, { count, untilNs }) =>
          offenders.push(`${formatPrefix(prefix)} ${count} ${untilNs / 1e9}`),
      },
      aftermath: {
        resume(begin) {
          begin();
          done.push('resumed');
        },
        endLate: ({ source }) => done.push(`ended ${source}`),
      },
      forget: (source, change) => done.push(`forgot ${source} ${change}`),
      warn: (text) => done.push(text),
      goesOn: () => undefined,
    },
  );
  return { blocks, dataPlane, done, offenders };
}

describe('a block of the memory', () => {
  test('is in force again: as what it was, since when it was, for the rest of its time', async () => {
    const { blocks, dataPlane, done } = await recalled([row()]);
    const { id: _, source, untilNs, ...rest } = row();
    assert.deepEqual([...blocks], [{ ...rest, source, prefix: parsePrefix(SCANNER), expiresNs: untilNs }]);
    assert.equal(dataPlane.readBlock(parsePrefix(SCANNER)!)?.expiresNs, untilNs);
    assert.deepEqual(done, ['resumed', 'blocks of the memory that are in force again: 1']);
  });

  for (const [says, more, done] of [
    ['that is over has ended late', { untilNs: 1e9 }, ['forgot 198.51.100.66 null', 'ended 198.51.100.66']],
    [
      'of nobody is let go, and told of',
      { source: 'nobody' },
      ['forgot nobody null', 'ended nobody', 'blocks of the memory that cannot be read, and are let go: 1'],
    ],
    [
      'of who must not be blocked any more is let go, with a word',
      { source: '198.51.100.1' },
      [
        'a block of the memory is over: The address is guarded and must not be blocked: 198.51.100.1: it is an address of this host',
        'forgot 198.51.100.1 null',
        'ended 198.51.100.1',
      ],
    ],
  ] as const) {
    test(says, async () => {
      const { blocks, done: found } = await recalled([row(more)]);
      assert.deepEqual([found, blocks.size], [[...done], 0]);
    });
  }

  describe('of who holds a connection by now', () => {
    const proven = row({ evidence: { address: SCANNER, protocol: 'tcp', port: 4, isProven: true } });

    test('is in force again when what speaks for it cannot be forged, also after the kernel is looked through', async () => {
      const { blocks, dataPlane } = await recalled([proven], { connected: [SCANNER] });
      await blocks.reconcile(() => 'from before');
      assert.equal(blocks.reconsider(parsePrefix(SCANNER)!), undefined);
      assert.deepEqual(
        [...blocks.covering(parsePrefix(SCANNER)!)].map(({ evidence }) => evidence),
        [proven.evidence],
      );
      assert.ok(dataPlane.readBlock(parsePrefix(SCANNER)!));
    });

    for (const [says, evidence] of [
      ['a packet that anybody may have sent', row().evidence],
      ['nothing that is known any more', null],
    ] as const) {
      test(`is let go when there is ${says} for it`, async () => {
        const { blocks, done } = await recalled([row({ evidence })], { connected: [SCANNER] });
        assert.equal(blocks.size, 0);
        assert.match(done[0]!, /it holds a TCP connection/);
      });
    }
  });

  test('stays in the memory while the sentry observes, if a rule has made it', async () => {
    const byHand = row({ source: '198.51.100.67', origin: 'operator', evidence: null });
    const over = row({ source: '198.51.100.68', untilNs: 1e9 });
    const { blocks, done } = await recalled([row(), byHand, over], { isObserving: true });
    assert.deepEqual(
      [...blocks].map(({ source, origin }) => [source, origin]),
      [['198.51.100.67', 'operator']],
    );
    assert.deepEqual(done, ['resumed', 'blocks of the memory that are in force again: 1']);
  });

  test('that finds no room is told of, and stays in the memory', async () => {
    const { done } = await recalled([row(), row({ source: '198.51.100.67' })], { capacity: 1 });
    assert.deepEqual(done, [
      'resumed',
      'blocks of the memory that are in force again: 1',
      'blocks of the memory that found no room: 1; raise tables.blocks in the configuration',
    ]);
  });

  test('does not shorten one that is there by now', async () => {
    const prefix = parsePrefix(SCANNER)!;
    const { blocks, done } = await recalled([row()], {
      before: (there) => there.add({ prefix, origin: 'operator', reason: 'by hand', durationMs: 3_600_000 }),
    });
    assert.equal(blocks.get(prefix)?.reason, 'by hand');
    assert.deepEqual(done, ['resumed'], 'and does not count');
  });
});

test('offenders are recalled, while observing as well', async () => {
  const offences = [
    { source: SCANNER, count: 2, untilNs: 7e9 },
    { source: '2001:db8::/64', count: 1, untilNs: null },
    { source: 'nobody', count: 1, untilNs: null },
  ];
  const { offenders } = await recalled([], { isObserving: true, offences });
  assert.deepEqual(offenders, [`${SCANNER} 2 7`, '2001:db8::/64 1 Infinity']);
});

test('whatever was in force is in force again, and nothing else', async () => {
  const source = fc.oneof(prefixesOf(4, 8, 32), prefixesOf(6, 16, 128)).map(formatPrefix);
  const stored = fc.record({
    source,
    origin: fc.constantFrom('local' as const, 'operator' as const),
    untilNs: fc.option(fc.integer({ min: 0, max: 3 }).map((seconds) => seconds * 1e9)),
  });
  const rows = fc.uniqueArray(stored, { selector: (it) => it.source, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(rows, async (list) => {
      const { blocks, dataPlane } = await recalled(list.map((it, index) => row({ ...it, id: index + 1 })));
      const nowNs = dataPlane.nowNs();
      const isOwn = (text: string) => text === '198.51.100.1';
      const wanted = list.filter((it) => !isOwn(it.source) && (it.untilNs === null || it.untilNs > nowNs));
      const words = (it: { source: string; origin: string }, end: number | null | undefined) =>
        `${it.source} ${it.origin} ${end ?? 'for ever'}`;
      assert.deepEqual(
        [...blocks].map((it) => words(it, it.expiresNs)),
        wanted.map((it) => words(it, it.untilNs)),
      );
    }),
    { numRuns: 50 },
  );
});
