/** A full block table: who forges addresses can fill it with blocks that never end, and must not end all blocking by that. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Blocks } from '../../../src/respond/blocks.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

describe('in a full table', () => {
  let dataPlane: FakeDataPlane;
  let blocks: Blocks;
  let told: string[];

  beforeEach(() => {
    dataPlane = new FakeDataPlane(3);
    told = [];
    blocks = new Blocks(dataPlane, () => undefined, {
      added: ({ source }) => told.push(`added ${source}`),
      changed: ({ source }) => told.push(`changed ${source}`),
      removed: ({ source }, cause) => told.push(`${cause} ${source}`),
    });
  });

  const add = (last: number, durationMs?: number, origin: 'local' | 'operator' = 'local') =>
    blocks.add({ prefix: parsePrefix(`192.0.2.${last}`)!, origin, reason: 'a test', durationMs });
  const standing = () => [...dataPlane.blocks()].map(({ prefix }) => prefix.bytes[3]).sort();

  test('the oldest block of a rule that never ends makes room, before the new one is told of', () => {
    for (const [last, durationMs] of [[1, 60_000], [2], [3]] as const) add(last, durationMs);
    told = [];
    add(4);
    assert.deepEqual(told, ['displaced 192.0.2.2', 'added 192.0.2.4']);
    assert.deepEqual(standing(), [1, 3, 4]);
    assert.deepEqual(
      [...blocks].map(({ source }) => source),
      ['192.0.2.1', '192.0.2.3', '192.0.2.4'],
    );
  });

  test('what ends by itself, or what a person has blocked, makes none', () => {
    add(1, 60_000);
    add(2, undefined, 'operator');
    add(3, 60_000);
    assert.throws(() => add(4), { code: 'XS_ERR_TABLE_FULL' });
    assert.deepEqual(standing(), [1, 2, 3]);
    assert.equal(told.length, 3);
  });

  test('a person displaces nobody, and is told', () => {
    for (const last of [1, 2, 3]) add(last);
    assert.throws(() => add(4, undefined, 'operator'), { code: 'XS_ERR_TABLE_FULL' });
    assert.deepEqual(standing(), [1, 2, 3]);
  });

  test('renewing takes no room', () => {
    add(1, 60_000);
    for (const last of [2, 3]) add(last);
    add(1);
    assert.deepEqual(told.slice(3), ['changed 192.0.2.1']);
  });

  test('it goes on, however many come', () => {
    for (let last = 1; last <= 200; last++) add(last);
    assert.deepEqual(standing(), [198, 199, 200]);
    assert.equal(told.filter((line) => line.startsWith('displaced')).length, 197);
  });
});
