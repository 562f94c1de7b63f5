import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { letAnsweredIn, letIgnoredIn } from '../../../src/exempt/let-in.ts';
import { Blocks } from '../../../src/respond/blocks.ts';
import { makeGuard } from '../../../src/respond/guard.ts';
import { Marks } from '../../../src/respond/marks.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

const prefix = (text: string): Prefix => parsePrefix(text)!;

describe('a reload', () => {
  let dataPlane: FakeDataPlane;
  let blocks: Blocks;
  let told: string[];
  let isObserving: boolean;
  const marks = new Marks(() => 0, 8, { added: () => true, removed() {}, forgotten() {} });

  beforeEach(() => {
    dataPlane = new FakeDataPlane();
    told = [];
    isObserving = false;
    const guard = makeGuard(
      () => [],
      () => [],
      () => undefined,
      () => isObserving,
    );
    blocks = new Blocks(dataPlane, guard, {
      added: ({ source }) => told.push(`added ${source}`),
      changed: ({ source }) => told.push(`changed ${source}`),
      removed: ({ source }, cause) => told.push(`removed ${source} ${cause}`),
    });
    blocks.add({ prefix: prefix('198.51.100.1'), origin: 'local', reason: 'a rule', durationMs: undefined });
    blocks.add({
      prefix: prefix('198.51.100.2'),
      origin: 'operator',
      reason: 'by hand',
      durationMs: undefined,
    });
    told.length = 0;
  });

  const inForce = () => [...dataPlane.blocks()].map((block) => formatPrefix(block.prefix)).sort();

  test('to observing ends what rules have done, also what the kernel has not told of; what was done by hand stays', async () => {
    dataPlane.blockInstantly(prefix('198.51.100.3'), 1, undefined);
    isObserving = true;
    assert.equal(await letAnsweredIn(blocks, marks), 1);
    assert.deepEqual(inForce(), ['198.51.100.2']);
    assert.ok(told.includes('removed 198.51.100.1 suspended'), told.join());
    assert.ok(!told.some((line) => line.startsWith('added')), told.join());
  });

  test('that ignores more lets in who is on the list, whoever has blocked him', async () => {
    const ignored = prefix('198.51.100.2');
    await letIgnoredIn({ ignores: (source) => source === formatPrefix(ignored) }, blocks, marks);
    assert.deepEqual(inForce(), ['198.51.100.1']);
  });
});
