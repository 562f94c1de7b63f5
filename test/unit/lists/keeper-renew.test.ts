/** Lists under another configuration: what is in force, and since when. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import type { ListKeeper } from '../../../src/lists/keeper.ts';
import type { ListSpec } from '../../../src/lists/list.ts';
import { MAX_LISTS } from '../../../src/values/prefix-columns.ts';
import { atUrl, inFile, makeKeeper } from './make-keeper.ts';
import { TestServer } from './serve.ts';

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

const renew = (keeper: ListKeeper, lists: readonly ListSpec[], isEnforcing = true, cache?: string) => {
  const policy = { lists, isEnforcing, cache };
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
    const inForce = () => made.dataPlane.listed().flat();
    await made.lookUntil(
      () => inForce().length === 3 && inForce().includes('203.0.113.1') && keeper.status().length === 3,
    );
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

describe('a list from a server that does not change', () => {
  /** Answers whoever has the list already that there is nothing new. */
  async function unchanging(t: TestContext): Promise<TestServer> {
    const server = await TestServer.start();
    t.after(() => server.stop());
    server.handle = (request, response) =>
      request.headers['if-none-match'] === '"v1"'
        ? response.writeHead(304).end()
        : response.writeHead(200, { etag: '"v1"' }).end('198.51.100.7\n');
    return server;
  }

  const isInForce = ({ dataPlane }: Made) => dataPlane.listed().flat().join() === '198.51.100.7';

  test('is in force when another configuration has it', async (t) => {
    const made = makeKeeper(t);
    const spec = atUrl('a', (await unchanging(t)).url());
    const keeper = made.make([]);
    renew(keeper, [spec]);
    assert.equal((await made.next('list_loaded')).isEnforced, true);
    keeper.look();
    assert.ok(isInForce(made));
    assert.equal(made.jobs.length, 1, 'it is loaded once');
  });

  test('is in force after observing, and says nothing of what is not in force', async (t) => {
    const made = makeKeeper(t);
    const spec = atUrl('a', (await unchanging(t)).url());
    const keeper = made.make([spec], false);
    keeper.start();
    assert.equal((await made.next('list_loaded')).isEnforced, false);
    const { promise, resolve } = Promise.withResolvers<void>();
    made.gate.open = promise;
    renew(keeper, [spec]);
    await made.lookUntil(() => keeper.status()[0]!.state === 'enforced');
    assert.equal(keeper.status()[0]!.facts, undefined);
    resolve();
    await made.next('list_loaded');
    assert.ok(isInForce(made));
  });

  test('is in force as it was kept, whether or not the server answers', async (t) => {
    const made = makeKeeper(t);
    const server = await unchanging(t);
    const spec = atUrl('a', server.url());
    made.make([spec], true, made.path('lib')).start();
    await made.next('list_loaded');
    await made.dataPlane.setLists([]);

    const observing = made.make([spec], false, made.path('lib'));
    observing.start();
    await made.next('list_loaded');
    server.handle = (_, response) => response.writeHead(503).end();
    renew(observing, [spec], true, made.path('lib'));
    assert.equal((await made.next('list_loaded')).from, 'cache');
    assert.ok(isInForce(made));
    await made.dataPlane.setLists([]);

    renew(made.make([], true, made.path('lib')), [spec], true, made.path('lib'));
    assert.deepEqual(
      [await made.next('list_loaded')].map(({ from, isEnforced }) => [from, isEnforced]),
      [['cache', true]],
    );
    assert.ok(isInForce(made));
  });

  test('of which there is no room yet waits for that', async (t) => {
    const made = makeKeeper(t);
    const spec = atUrl('a', (await unchanging(t)).url());
    writeFileSync(made.path('b'), '198.18.0.1\n');
    const many = Array.from({ length: MAX_LISTS }, (_, index) => inFile(`n${index}`, made.path('b')));
    const keeper = made.make(many);
    keeper.start();
    await keeper.firstLoads(60_000);
    renew(keeper, [spec]);
    await made.lookUntil(() => isInForce(made));
  });
});
