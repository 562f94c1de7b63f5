/** Lists that a person puts in force, and lets go. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { packAll } from '../../../src/values/packed-prefixes.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';
import { MAX_LISTS } from '../../../src/values/prefix-columns.ts';
import { inFile, makeKeeper } from './make-keeper.ts';

describe('a list by hand', () => {
  test('is in force when the answer comes, observing, too', async (t) => {
    const { path, dataPlane, make, next } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n10.0.0.1\n');
    const status = await make([], false).put(inFile('a', path('a')), undefined);
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7']]);
    assert.deepEqual(
      [
        status.name,
        status.origin,
        status.state,
        status.facts?.ipv4,
        status.facts?.skipped.private,
        status.expiresNs,
      ],
      ['a', 'operator', 'enforced', 1, 1, undefined],
    );
    assert.equal((await next('list_loaded')).origin, 'operator');
  });

  test('holds what is own or ignored, too, for the data plane asks for that packet by packet; it is told of', async (t) => {
    const { path, dataPlane, make, next, exempt } = makeKeeper(t);
    exempt.own = packAll([parsePrefix('198.51.100.7')!]);
    exempt.ignored = packAll([parsePrefix('2001:db8::/48')!]);
    writeFileSync(path('a'), '198.51.100.7\n198.51.100.8\n10.0.0.1\n2001:db8::1\n');
    const { facts } = await make([]).put(inFile('a', path('a')), undefined);
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7', '198.51.100.8', '2001:db8::1']]);
    assert.deepEqual(
      [facts?.ipv4, facts?.ipv6, facts?.skipped],
      [2, 1, { too_wide: 0, private: 1, own: 1, ignored: 1 }],
    );
    assert.deepEqual((await next('list_loaded')).remarks, [
      'line 1: 198.51.100.7 (own)',
      'line 3: 10.0.0.1 (private)',
      'line 4: 2001:db8::1 (ignored)',
    ]);
  });

  test('is replaced as a whole by one of its name, and its counts go on', async (t) => {
    const { path, dataPlane, make } = makeKeeper(t);
    const keeper = make([]);
    writeFileSync(path('a'), '198.51.100.7\n');
    writeFileSync(path('b'), '198.51.100.8\n');
    await keeper.put(inFile('a', path('a')), 60_000);
    dataPlane.dropListed(0, 3, 180);
    const status = await keeper.put(inFile('a', path('b')), undefined);
    assert.deepEqual(dataPlane.listed(), [['198.51.100.8']]);
    assert.deepEqual(
      [status.drops, status.source, status.expiresNs],
      [{ packets: 3, bytes: 180 }, path('b'), undefined],
    );
  });

  test('goes when its time is over', async (t) => {
    const { path, dataPlane, make, next, lookUntil } = makeKeeper(t);
    const keeper = make([]);
    writeFileSync(path('a'), '198.51.100.7\n');
    await keeper.put(inFile('a', path('a')), 60_000);
    dataPlane.advance(59e9);
    keeper.look();
    assert.equal(keeper.status().length, 1);
    dataPlane.advance(1e9);
    await lookUntil(() => keeper.status().length === 0);
    assert.deepEqual(await next('list_ended'), { event: 'list_ended', list: 'a', cause: 'expired' });
    assert.deepEqual(dataPlane.listed(), [[]]);
  });

  test('that is over and that the data plane cannot do without stays, is told of, and tried again after a pause', async (t) => {
    const { path, dataPlane, make, next, lookUntil, events } = makeKeeper(t);
    const keeper = make([]);
    writeFileSync(path('a'), '198.51.100.7\n');
    await keeper.put(inFile('a', path('a')), 60_000);
    await next('list_loaded');
    const look = async () => {
      keeper.look();
      await keeper.put(inFile('other', path('a')), undefined); // more than a look takes
      await next('list_loaded');
      await keeper.letGo('other');
      await next('list_ended');
    };
    dataPlane.advance(60e9);
    for (let round = 0; round < 2; round++) {
      dataPlane.isOutOfMemory = true;
      await lookUntil(() => events.length > 0);
      const { text, isKept, retrySeconds } = await next('list_failed');
      assert.match(text, /its time is over, and it cannot be let go: .*ENOMEM/);
      assert.deepEqual([isKept, retrySeconds], [true, 60]);
      const { state, error, facts } = keeper.status()[0]!;
      assert.deepEqual([state, error, facts?.ipv4], ['enforced', text, 1]);
      dataPlane.isOutOfMemory = false;
      dataPlane.advance(59e9);
      await look();
      assert.deepEqual([dataPlane.listed()[0], events], [['198.51.100.7'], []]);
      dataPlane.advance(1e9);
    }
    await lookUntil(() => events.length > 0);
    assert.equal((await next('list_ended')).cause, 'expired');
    assert.deepEqual([keeper.status(), dataPlane.listed().flat()], [[], []]);
  });

  test('that takes the place of one that is over and could not be let go lasts as long as it is to', async (t) => {
    const { path, dataPlane, make, next, lookUntil, events } = makeKeeper(t);
    const keeper = make([]);
    writeFileSync(path('a'), '198.51.100.7\n');
    await keeper.put(inFile('a', path('a')), 1000);
    await next('list_loaded');
    dataPlane.advance(1e9);
    dataPlane.isOutOfMemory = true;
    await lookUntil(() => events.length > 0);
    await next('list_failed');
    dataPlane.isOutOfMemory = false;
    await keeper.put(inFile('a', path('a')), 1000);
    await next('list_loaded');
    assert.equal(keeper.status()[0]!.error, undefined);
    dataPlane.advance(1e9);
    await lookUntil(() => events.length > 0);
    assert.equal((await next('list_ended')).cause, 'expired');
  });

  test('is not followed: what happens to its file later is of no consequence', async (t) => {
    const { path, dataPlane, make, lookUntil, next, jobs } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    writeFileSync(path('b'), '198.18.0.1\n');
    const keeper = make([inFile('b', path('b'))]);
    keeper.start();
    await keeper.put(inFile('a', path('a')), undefined);
    await next('list_loaded');
    await next('list_loaded');
    writeFileSync(path('a'), '198.51.100.8\n');
    for (const text of ['198.18.0.2\n', '198.18.0.3\n']) {
      writeFileSync(path('b'), text);
      const before = jobs.length;
      await lookUntil(() => jobs.length > before);
      await next('list_loaded');
    }
    assert.deepEqual(dataPlane.listed(), [['198.18.0.3'], ['198.51.100.7']]);
  });

  test('that cannot be read changes nothing, whether there was one or not', async (t) => {
    const { path, dataPlane, make, events } = makeKeeper(t);
    const keeper = make([]);
    await assert.rejects(keeper.put(inFile('a', path('a')), undefined), {
      code: 'XS_ERR_LIST',
      message: /: a: \/\S+\/a: there is no such file or directory \(ENOENT\)$/,
    });
    assert.deepEqual([keeper.status(), events], [[], []]);
    writeFileSync(path('a'), '198.51.100.7\n');
    await keeper.put(inFile('a', path('a')), undefined);
    writeFileSync(path('b'), '<html>\n');
    await assert.rejects(keeper.put(inFile('a', path('b')), 1000), {
      code: 'XS_ERR_LIST',
      message: /a: it is a web page/,
    });
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7']]);
    assert.deepEqual(
      keeper.status().map(({ source, expiresNs }) => [source, expiresNs]),
      [[path('a'), undefined]],
    );
  });

  test('for which the data plane has no room changes nothing', async (t) => {
    const { path, dataPlane, make } = makeKeeper(t);
    const keeper = make([]);
    dataPlane.listCapacity = 1;
    writeFileSync(path('a'), '198.51.100.7\n198.51.100.9\n');
    await assert.rejects(keeper.put(inFile('a', path('a')), undefined), { code: 'XS_ERR_LISTS_FULL' });
    assert.deepEqual([keeper.status(), dataPlane.listTables], [[], 1], 'there is nothing to take back');
    writeFileSync(path('a'), '198.51.100.7\n');
    await keeper.put(inFile('a', path('a')), undefined);
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7']]);
  });

  test('does not get the name of a list of the configuration', async (t) => {
    const { path, make } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    const keeper = make([inFile('a', path('a'))]);
    await assert.rejects(keeper.put(inFile('a', path('a')), undefined), { code: 'XS_ERR_LIST_NAME' });
  });

  test(`is one of ${MAX_LISTS} at most; a place that is let go has room again, and counts anew`, async (t) => {
    const { path, dataPlane, make } = makeKeeper(t);
    const keeper = make([]);
    writeFileSync(path('a'), '198.51.100.7\n');
    const put = (number: number) => keeper.put(inFile(`list-${number}`, path('a')), undefined);
    for (let number = 0; number < MAX_LISTS; number++) await put(number);
    await assert.rejects(put(MAX_LISTS), { code: 'XS_ERR_LISTS_FULL' });
    dataPlane.dropListed(7, 5, 300);
    await keeper.letGo('list-7');
    const status = await put(MAX_LISTS);
    assert.deepEqual(status.drops, { packets: 0, bytes: 0 });
    dataPlane.dropListed(7, 1, 60);
    assert.deepEqual(keeper.status().at(-1)?.drops, { packets: 1, bytes: 60 });
    assert.deepEqual(dataPlane.listed(), Array(MAX_LISTS).fill(['198.51.100.7']));
  });
});

describe('letting go', () => {
  test('of a list by hand: there is no such list any more, and the others stay', async (t) => {
    const { path, dataPlane, make, next } = makeKeeper(t);
    const keeper = make([]);
    writeFileSync(path('a'), '198.51.100.7\n');
    await keeper.put(inFile('a', path('a')), undefined);
    await keeper.put(inFile('b', path('a')), undefined);
    await keeper.letGo('a');
    assert.deepEqual(dataPlane.listed(), [[], ['198.51.100.7']]);
    assert.equal((await next('list_ended')).cause, 'lifted');
    await assert.rejects(keeper.letGo('a'), { code: 'XS_ERR_NO_LIST' });
    assert.deepEqual(
      keeper.status().map(({ name }) => name),
      ['b'],
    );
  });

  test('of one that the data plane cannot do without: it stays in force and is shown, until that succeeds', async (t) => {
    const { path, dataPlane, make, next, events } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    const keeper = make([inFile('a', path('a'))]);
    keeper.start();
    await next('list_loaded');
    await keeper.put(inFile('b', path('a')), undefined);
    await next('list_loaded');
    const shown = () => keeper.status().map(({ name, state, facts }) => [name, state, facts?.ipv4]);
    const inForce = [
      ['a', 'enforced', 1],
      ['b', 'enforced', 1],
    ];
    dataPlane.isOutOfMemory = true;
    for (const name of ['a', 'b']) {
      const letGo = keeper.letGo(name);
      assert.deepEqual(shown(), inForce, 'it is in force as long as it is');
      await assert.rejects(letGo, { code: 'XS_ERR_LIST_STAYS', message: /: [ab]: .*ENOMEM/ });
    }
    assert.deepEqual([shown(), dataPlane.listed()], [inForce, [['198.51.100.7'], ['198.51.100.7']]]);
    dataPlane.isOutOfMemory = false;
    writeFileSync(path('b'), '198.51.100.8\n');
    await keeper.put(inFile('b', path('b')), undefined);
    await next('list_loaded');
    assert.deepEqual(dataPlane.listed()[1], ['198.51.100.8'], 'it can be replaced');
    for (const name of ['a', 'b']) await keeper.letGo(name);
    assert.deepEqual(
      [shown(), dataPlane.listed(), events.map(({ event }) => event)],
      [[['a', 'let_go', undefined]], [[], []], ['list_ended', 'list_ended']],
    );
  });

  test('of one of the configuration: it stays away, and its name taken, until the next start', async (t) => {
    const { path, dataPlane, make, next, jobs } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    const keeper = make([inFile('a', path('a'))]);
    keeper.start();
    await next('list_loaded');
    await keeper.letGo('a');
    writeFileSync(path('a'), '198.51.100.8\n');
    for (let look = 0; look < 3; look++) keeper.look();
    await keeper.put(inFile('b', path('a')), undefined);
    assert.deepEqual([dataPlane.listed(), jobs.length], [[['198.51.100.8']], 2]);
    assert.deepEqual(
      keeper.status().map(({ name, state, facts, dueNs }) => [name, state, facts?.ipv4, dueNs]),
      [
        ['a', 'let_go', undefined, undefined],
        ['b', 'enforced', 1, undefined],
      ],
    );
    await assert.rejects(keeper.letGo('a'), { code: 'XS_ERR_NO_LIST' });
    await assert.rejects(keeper.put(inFile('a', path('a')), undefined), { code: 'XS_ERR_LIST_NAME' });
  });

  test('of one that is being loaded: it does not come', async (t) => {
    const { path, dataPlane, make, gate, jobs } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    const keeper = make([inFile('a', path('a'))]);
    await keeper.put(inFile('b', path('a')), undefined);
    const slow = Promise.withResolvers<void>();
    gate.open = slow.promise;
    keeper.start();
    const replaced = assert.rejects(keeper.put(inFile('b', path('a')), undefined), /let go meanwhile/);
    while (jobs.length < 3) await new Promise(setImmediate);
    await keeper.letGo('a');
    await keeper.letGo('b');
    slow.resolve();
    await replaced;
    await keeper.put(inFile('c', path('a')), undefined);
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7'], []]);
  });
});
