import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Blocks } from '../../../src/respond/blocks.ts';
import { makeGuard } from '../../../src/respond/guard.ts';
import { type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

const prefix = (text: string): Prefix => parsePrefix(text)!;
const SCANNER = prefix('198.51.100.66');
const MINUTE_NS = 60e9;

describe('blocks', () => {
  let dataPlane: FakeDataPlane;
  let blocks: Blocks;
  let told: string[];

  beforeEach(() => {
    dataPlane = new FakeDataPlane();
    told = [];
    const guarded = [{ prefix: prefix('198.51.100.1'), reason: 'an address of this host' }];
    blocks = new Blocks(
      dataPlane,
      makeGuard(
        () => guarded,
        () => [prefix('192.0.2.0/24')],
      ),
      {
        added: ({ source, origin }) => told.push(`added ${source} ${origin}`),
        changed: ({ source, origin, reason }) => told.push(`changed ${source} ${origin} ${reason}`),
        removed: ({ source }, cause) => told.push(`removed ${source} ${cause}`),
      },
    );
  });

  const add = (durationMs: number | undefined, origin: 'local' | 'operator' = 'local', what = SCANNER) =>
    blocks.add({ prefix: what, origin, reason: 'a test', durationMs });
  const remainingNs = () => dataPlane.readBlock(SCANNER)!.expiresNs! - dataPlane.nowNs();

  test('are in force when add returns, and are told of', () => {
    add(60_000);
    assert.equal(remainingNs(), MINUTE_NS);
    assert.deepEqual(told, ['added 198.51.100.66 local']);
    assert.deepEqual(
      [...blocks].map(({ source, reason }) => [source, reason]),
      [['198.51.100.66', 'a test']],
    );
  });

  test('end when their time is over, and are told of once', () => {
    add(60_000);
    dataPlane.advance(MINUTE_NS - 1);
    blocks.sweep();
    assert.equal([...blocks].length, 1);
    dataPlane.advance(1);
    assert.equal([...blocks].length, 0, 'over even before the sweep');
    blocks.sweep();
    blocks.sweep();
    assert.deepEqual(told, ['added 198.51.100.66 local', 'removed 198.51.100.66 expired']);
    assert.equal(dataPlane.readBlock(SCANNER), undefined);
  });

  test('without a duration last until they are lifted', () => {
    add(undefined);
    dataPlane.advance(1e6 * MINUTE_NS);
    blocks.sweep();
    assert.equal([...blocks].length, 1);
    blocks.lift(SCANNER);
    assert.deepEqual(told.at(-1), 'removed 198.51.100.66 lifted');
    assert.equal(dataPlane.readBlock(SCANNER), undefined);
  });

  test('are renewed by a rule only to last longer', () => {
    add(60_000);
    add(30_000);
    assert.equal(remainingNs(), MINUTE_NS);
    add(120_000);
    assert.equal(remainingNs(), 2 * MINUTE_NS);
    assert.deepEqual(told, ['added 198.51.100.66 local', 'changed 198.51.100.66 local a test']);
  });

  test('are shortened by an operator who says so', () => {
    add(undefined);
    add(60_000, 'operator');
    assert.equal(remainingNs(), MINUTE_NS);
  });

  test('are not made shorter by a rule when an operator set no end', () => {
    add(undefined, 'operator');
    add(60_000);
    assert.equal(dataPlane.readBlock(SCANNER)?.expiresNs, undefined);
  });

  test('that follow on an expired one are blocks of their own, though it was not swept yet', () => {
    add(60_000);
    dataPlane.advance(2 * MINUTE_NS);
    add(60_000);
    assert.deepEqual(told, [
      'added 198.51.100.66 local',
      'removed 198.51.100.66 expired',
      'added 198.51.100.66 local',
    ]);
    blocks.sweep();
    assert.equal([...blocks].length, 1);
  });

  test('that the kernel made are taken over with the kernel’s expiry', () => {
    dataPlane.blockInstantly(SCANNER, 0, dataPlane.nowNs() + MINUTE_NS);
    blocks.adopt(SCANNER, 'instant: 22/tcp');
    const [block] = blocks;
    assert.equal(block?.reason, 'instant: 22/tcp');
    assert.equal(block?.expiresNs, dataPlane.nowNs() + MINUTE_NS);
    assert.deepEqual(told, ['added 198.51.100.66 local']);
  });

  test('that the kernel renewed before the sweep came are not taken away', () => {
    add(60_000);
    dataPlane.advance(2 * MINUTE_NS);
    dataPlane.blockInstantly(SCANNER, 0, dataPlane.nowNs() + MINUTE_NS);
    blocks.sweep();
    assert.notEqual(dataPlane.readBlock(SCANNER), undefined);
    blocks.adopt(SCANNER, 'instant: 22/tcp');
    assert.deepEqual(told.slice(1), ['removed 198.51.100.66 expired', 'added 198.51.100.66 local']);
  });

  test('are refused for guarded and ignored addresses, and for what is too wide', () => {
    const refused = (text: string, why: RegExp) =>
      assert.throws(() => add(1000, 'operator', prefix(text)), { code: 'XS_ERR_GUARDED', message: why });
    refused('198.51.100.1', /198\.51\.100\.1: it is an address of this host/);
    refused('192.0.2.7', /192\.0\.2\.0\/24 is on the ignore list/);
    refused('0.0.0.0/0', /too wide/);
    refused('2001::/8', /too wide/);
    assert.deepEqual([...blocks], []);
    assert.deepEqual(told, []);
  });

  test('may be wider than a guarded address: the data plane spares it', () => {
    assert.equal(add(1000, 'operator', prefix('198.51.100.0/24')).source, '198.51.100.0/24');
  });

  test('keep their reason when a renewal gives none', () => {
    add(60_000);
    blocks.add({ prefix: SCANNER, origin: 'operator', reason: undefined, durationMs: 60_000 });
    assert.equal([...blocks][0]?.reason, 'a test');
    assert.equal(
      blocks.add({ prefix: prefix('203.0.113.1'), origin: 'operator', reason: undefined, durationMs: 1 })
        .reason,
      'by hand',
    );
  });

  test('of the kernel whose event was lost can be lifted all the same', () => {
    dataPlane.blockInstantly(SCANNER, 0, dataPlane.nowNs() + MINUTE_NS);
    blocks.lift(SCANNER);
    assert.equal(dataPlane.readBlock(SCANNER), undefined);
    assert.deepEqual(told, ['added 198.51.100.66 local', 'removed 198.51.100.66 lifted']);
  });

  test('of the kernel whose events were lost are found again: taken over, or cleared away when expired', async () => {
    add(60_000, 'local', prefix('203.0.113.1'));
    dataPlane.blockInstantly(SCANNER, 3, dataPlane.nowNs() + MINUTE_NS);
    dataPlane.blockInstantly(prefix('203.0.113.2'), 3, dataPlane.nowNs() + 1000);
    dataPlane.advance(1000);
    await blocks.reconcile((rule) => `rule ${rule}`);
    assert.deepEqual(
      [...blocks].map(({ source, reason }) => [source, reason]),
      [
        ['203.0.113.1', 'a test'],
        ['198.51.100.66', 'rule 3'],
      ],
    );
    assert.equal(dataPlane.readBlock(prefix('203.0.113.2')), undefined);
  });

  test('of the kernel that last longer are not shortened by a rule that knows nothing of them yet', () => {
    dataPlane.blockInstantly(SCANNER, 0, dataPlane.nowNs() + 10 * MINUTE_NS);
    add(60_000);
    assert.equal(remainingNs(), 10 * MINUTE_NS);
  });

  test('that the kernel renewed and whose event was lost are found again', async () => {
    add(60_000);
    dataPlane.advance(2 * MINUTE_NS);
    dataPlane.blockInstantly(SCANNER, 3, dataPlane.nowNs() + MINUTE_NS);
    await blocks.reconcile((rule) => `rule ${rule}`);
    assert.deepEqual(
      [...blocks].map(({ reason }) => reason),
      ['rule 3'],
    );
    assert.equal(told.filter((line) => line.startsWith('added')).length, 2);
  });

  test('that last longer in the kernel than is known are taken at the kernel’s word', async () => {
    add(60_000);
    dataPlane.block({ prefix: SCANNER, origin: 'operator', expiresNs: dataPlane.nowNs() + 10 * MINUTE_NS });
    await blocks.reconcile(() => 'from before');
    await blocks.reconcile(() => 'once more');
    assert.equal(blocks.get(SCANNER)?.expiresNs, dataPlane.nowNs() + 10 * MINUTE_NS);
    assert.deepEqual(told, ['added 198.51.100.66 local', 'changed 198.51.100.66 operator from before']);
  });

  test('that are lifted or renewed while the kernel’s table is walked are taken as they are then', async () => {
    const renewed = prefix('198.51.100.67');
    for (const [source, end] of [
      [SCANNER, MINUTE_NS],
      [renewed, -1],
    ] as const)
      dataPlane.blockInstantly(source, 1, dataPlane.nowNs() + end);
    const seen = [...dataPlane.blocks()];
    dataPlane.blocks = () => seen.values();
    dataPlane.unblock(SCANNER);
    dataPlane.blockInstantly(renewed, 2, dataPlane.nowNs() + MINUTE_NS);
    await blocks.reconcile((rule) => `rule ${rule}`);
    assert.deepEqual(
      [...blocks].map(({ source, reason }) => [source, reason]),
      [['198.51.100.67', 'rule 2']],
    );
    assert.ok(dataPlane.readBlock(renewed));
  });

  test('that are lifted are forgotten by the kernel’s rules before the source gets in', () => {
    add(60_000);
    assert.deepEqual(dataPlane.forgotten.splice(0), ['198.51.100.66'], 'what led to the block is spent');
    const { unblock } = dataPlane;
    dataPlane.unblock = (source) => {
      assert.deepEqual(dataPlane.forgotten, ['198.51.100.66']);
      return unblock.call(dataPlane, source);
    };
    blocks.lift(SCANNER);
    assert.equal(dataPlane.readBlock(SCANNER), undefined);
  });

  test('that stand in the kernel and must not be are cleared away', async () => {
    dataPlane.block({ prefix: prefix('192.0.2.7'), origin: 'operator', expiresNs: undefined });
    await blocks.reconcile(() => 'from before');
    assert.deepEqual([[...blocks], told], [[], []]);
    assert.equal(dataPlane.readBlock(prefix('192.0.2.7')), undefined);
  });

  test('that an operator lifted stay lifted when an event comes late', () => {
    dataPlane.blockInstantly(SCANNER, 0, dataPlane.nowNs() + MINUTE_NS);
    blocks.lift(SCANNER);
    blocks.adopt(SCANNER, 'instant: 22/tcp');
    assert.deepEqual([...blocks], []);
    assert.equal(dataPlane.readBlock(SCANNER), undefined);
  });

  test('of an operator keep the operator’s reason when an event comes late', () => {
    blocks.add({ prefix: SCANNER, origin: 'operator', reason: 'ticket 7', durationMs: undefined });
    blocks.adopt(SCANNER, 'instant: 22/tcp');
    assert.equal([...blocks][0]?.reason, 'ticket 7');
  });

  test('that have expired can be settled before the sweep', () => {
    add(60_000);
    blocks.settle(SCANNER);
    assert.equal(told.length, 1);
    dataPlane.advance(MINUTE_NS);
    blocks.settle(SCANNER);
    blocks.settle(SCANNER);
    assert.deepEqual(told.slice(1), ['removed 198.51.100.66 expired']);
  });

  test('by the thousand end in small steps', () => {
    const many = Array.from({ length: 1500 }, (_, index) => prefix(`203.0.${index >> 8}.${index & 255}`));
    dataPlane = new FakeDataPlane(many.length);
    blocks = new Blocks(dataPlane, () => undefined, {
      added() {},
      changed() {},
      removed: ({ source }) => told.push(source),
    });
    for (const source of many) add(60_000, 'local', source);
    assert.deepEqual(
      [blocks.size, blocks.count('local', 'ipv4'), blocks.count('operator', 'ipv4')],
      [1500, 1500, 0],
    );
    dataPlane.advance(MINUTE_NS);
    let steps = 1;
    while (blocks.sweep()) steps++;
    assert.ok(steps > 1);
    assert.equal(new Set(told).size, many.length);
    assert.equal(blocks.size, 0);
    assert.deepEqual([...dataPlane.blocks()], []);
  });

  test('are given in portions, in which others may come and go', async () => {
    const many = Array.from({ length: 1200 }, (_, index) => prefix(`203.0.${index >> 8}.${index & 255}`));
    dataPlane = new FakeDataPlane(many.length);
    blocks = new Blocks(dataPlane, () => undefined, { added() {}, changed() {}, removed() {} });
    for (const source of many) add(60_000, 'local', source);
    const seen: string[] = [];
    for await (const portion of blocks.inPortions()) {
      if (seen.length === 0) for (const source of many.slice(-100)) blocks.lift(source);
      seen.push(...portion.map(({ source }) => source));
    }
    assert.equal(seen.length, 1100);
    assert.equal(seen[0], '203.0.0.0');
  });

  test('that do not exist cannot be lifted', () => {
    assert.throws(() => blocks.lift(SCANNER), { code: 'XS_ERR_NOT_BLOCKED' });
    add(60_000);
    dataPlane.advance(2 * MINUTE_NS);
    assert.throws(() => blocks.lift(SCANNER), { code: 'XS_ERR_NOT_BLOCKED' });
  });
});
