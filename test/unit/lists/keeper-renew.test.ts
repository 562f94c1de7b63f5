/** Lists under another configuration: what is in force, and since when. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { ListKeeper } from '../../../src/lists/keeper.ts';
import type { ListSpec } from '../../../src/lists/list.ts';
import { MAX_LISTS } from '../../../src/values/prefix-columns.ts';
import { inFile, makeKeeper } from './make-keeper.ts';

type Made = ReturnType<typeof makeKeeper>;

/** Lists `a` and `b` in force, with one address each. */
async function twoLists(made: Made): Promise<ListKeeper> {
  for (const [name, text] of Object.entries({ a: '198.51.100.7', b: '198.18.0.1', c: '203.0.113.1' }))
    writeFileSync(made.path(name), `${text}\n`);
  const keeper = made.make([inFile('a', made.path('a')), inFile('b', made.path('b'))]);
  keeper.start();
  await made.next('list_loaded');
  await made.next('list_loaded');
  return keeper;
}

const renew = (keeper: ListKeeper, lists: readonly ListSpec[], isEnforcing = true) => {
  const policy = { lists, isEnforcing, cache: undefined };
  keeper.check(policy);
  keeper.renew(policy);
};

describe('lists under another configuration', () => {
  test('that says the same of them are not loaded again', async (t) => {
    const made = makeKeeper(t);
    const keeper = await twoLists(made);
    renew(keeper, [inFile('a', made.path('a')), inFile('b', made.path('b'))]);
    await new Promise(setImmediate);
    assert.equal(made.jobs.length, 2);
    assert.deepEqual(made.dataPlane.listed(), [['198.51.100.7'], ['198.18.0.1']]);
  });

  test('come, go, and are loaded anew where it says something else; what it says nothing of stays', async (t) => {
    const made = makeKeeper(t);
    const keeper = await twoLists(made);
    await keeper.put(inFile('mine', made.path('a')), undefined);
    await made.next('list_loaded');
    renew(keeper, [inFile('b', made.path('c')), inFile('new', made.path('a'))]);
    assert.deepEqual(made.dataPlane.listed()[1], ['198.18.0.1'], 'until the other one is here');
    assert.deepEqual(await made.next('list_ended'), { event: 'list_ended', list: 'a', cause: 'lifted' });
    await made.lookUntil(() => made.dataPlane.listed().flat().length === 3 && keeper.status().length === 3);
    assert.deepEqual(
      keeper
        .status()
        .map(({ name, state, source }) => `${name} ${state} ${source.slice(-1)}`)
        .sort(),
      ['b enforced c', 'mine enforced a', 'new enforced a'],
    );
    assert.deepEqual(made.dataPlane.listed().flat().sort(), ['198.51.100.7', '198.51.100.7', '203.0.113.1']);
  });

  test('keep nobody out while observing, and keep out again', async (t) => {
    const made = makeKeeper(t);
    const keeper = await twoLists(made);
    const specs = [inFile('a', made.path('a')), inFile('b', made.path('b'))];
    renew(keeper, specs, false);
    await made.lookUntil(() => made.dataPlane.listed().flat().length === 0);
    assert.deepEqual(
      keeper.status().map(({ state }) => state),
      ['observed', 'observed'],
    );
    renew(keeper, specs);
    await made.lookUntil(() => made.dataPlane.listed().flat().length === 2);
    assert.deepEqual(
      keeper.status().map(({ state }) => state),
      ['enforced', 'enforced'],
    );
  });

  test('are there again when it has them again', async (t) => {
    const made = makeKeeper(t);
    const keeper = await twoLists(made);
    renew(keeper, [inFile('b', made.path('b'))]);
    renew(keeper, [inFile('a', made.path('a')), inFile('b', made.path('b'))]);
    await made.lookUntil(() => made.dataPlane.listed().flat().length === 2);
    renew(keeper, []);
    await made.lookUntil(() => keeper.status().length === 0);
    renew(keeper, [inFile('a', made.path('a'))]);
    await made.lookUntil(() => made.dataPlane.listed().flat().length === 1);
  });

  test('are refused as a whole where there is no room, or a name is somebody else’s', async (t) => {
    const made = makeKeeper(t);
    const keeper = await twoLists(made);
    await keeper.put(inFile('mine', made.path('c')), undefined);
    const many = Array.from({ length: MAX_LISTS }, (_, index) => inFile(`n${index}`, made.path('a')));
    assert.throws(() => renew(keeper, many), /XS_ERR_LISTS_FULL|no room/);
    assert.throws(() => renew(keeper, [inFile('mine', made.path('a'))]), /mine was put in force by hand/);
    assert.deepEqual(
      keeper.status().map(({ name }) => name),
      ['a', 'b', 'mine'],
    );
  });
});
