/** Every way into the block table asks the guard; a way that is new has to be named here. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Blocks } from '../../../src/respond/blocks.ts';
import { makeListGuard } from '../../../src/respond/list-guard.ts';
import { packAll } from '../../../src/values/packed-prefixes.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

const SOURCE = new URL('../../../src/', import.meta.url);
const GUARDED = parsePrefix('198.51.100.1')!;
const EVIDENCE = { address: '198.51.100.1', protocol: 'tcp', port: 22 } as const;
const BLOCK = { prefix: GUARDED, reason: 'a test', durationMs: undefined };

/** What each method does with a source that is guarded, and that the kernel has blocked a moment ago where it says so. */
const ways: Record<string, ((blocks: Blocks) => unknown) | 'only reads' | 'only ends'> = {
  add(blocks) {
    assert.throws(
      () => blocks.add({ ...BLOCK, origin: 'local', evidence: EVIDENCE }),
      /XS_ERR_GUARDED|guarded/,
    );
    assert.throws(() => blocks.add({ ...BLOCK, origin: 'operator' }), /guarded/);
    assert.throws(() => blocks.add({ ...BLOCK, origin: 'operator', isForced: true }), /guarded/);
  },
  restore(blocks) {
    for (const origin of ['local', 'operator'] as const) {
      const block = {
        ...BLOCK,
        origin,
        reason: 'a test',
        addedNs: 0,
        expiresNs: undefined,
        evidence: undefined,
      };
      assert.throws(() => blocks.restore(block), /guarded/);
    }
  },
  covering: (blocks) => assert.deepEqual(blocks.covering(GUARDED), []),
  adopt: (blocks) => assert.equal(blocks.adopt(GUARDED, 'a test', EVIDENCE), 'it is ours'),
  reconcile: (blocks) => blocks.reconcile(() => 'a test'),
  reconsider: 'only ends',
  settle: 'only ends',
  lift: 'only ends',
  suspend: 'only ends',
  sweep: 'only ends',
  objectionTo: 'only reads',
  has: 'only reads',
  lasts: 'only reads',
  get: 'only reads',
  size: 'only reads',
  count: 'only reads',
  inPortions: 'only reads',
};

const makeBlocks = (dataPlane: FakeDataPlane) =>
  new Blocks(
    dataPlane,
    (prefix) => (formatPrefix(prefix) === formatPrefix(GUARDED) ? 'it is ours' : undefined),
    { added: () => assert.fail('added'), changed: () => assert.fail('changed'), removed: () => undefined },
  );

/** Who is asked to block him refuses, and leaves what the kernel did to adopt(), for which something must be there. */
const isPointless = (name: string, wasBlocked: boolean): boolean =>
  wasBlocked ? ['add', 'restore'].includes(name) : name === 'adopt';

describe('ways into the block table', () => {
  test('are all named here', () => {
    const methods = Object.getOwnPropertyNames(Blocks.prototype).filter((name) => name !== 'constructor');
    assert.deepEqual(methods.sort(), Object.keys(ways).sort());
  });

  for (const [name, way] of Object.entries(ways)) {
    if (typeof way === 'string') continue;
    for (const wasBlocked of [false, true]) {
      if (isPointless(name, wasBlocked)) continue;
      test(`${name}: nobody guarded is in it afterwards${wasBlocked ? ', whom the kernel had put there' : ''}`, async () => {
        const dataPlane = new FakeDataPlane();
        if (wasBlocked) dataPlane.blockInstantly(GUARDED, 0, undefined);
        const blocks = makeBlocks(dataPlane);
        await way(blocks);
        assert.deepEqual([...dataPlane.blocks()], []);
        assert.deepEqual([...blocks], []);
      });
    }
  }

  test('lists: a guarded address on one keeps nobody out, as long as it is guarded', () => {
    const guard = makeListGuard({ own: packAll([GUARDED]), ignored: packAll([]) });
    assert.equal(guard.objection4(0xc6336401, 32), 'own');
  });

  test('lead through one class, and lists through another: nobody else tells the data plane to block', () => {
    const callers = (call: RegExp) =>
      readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts') && !path.startsWith('kernel/'))
        .filter((path) => call.test(readFileSync(new URL(path, SOURCE), 'utf8')));
    assert.deepEqual(callers(/dataPlane\.block\(/i), ['respond/blocks.ts']);
    assert.deepEqual(callers(/dataPlane\.setLists\(/i), ['lists/slots.ts']);
  });
});
