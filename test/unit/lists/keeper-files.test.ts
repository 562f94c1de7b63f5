/** Lists of the configuration in files: read, followed, put in force as a whole. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { waitUntil } from '../../support/wait-until.ts';
import { atUrl, inFile, makeKeeper } from './make-keeper.ts';

describe('a list in a file', () => {
  test('is in force soon after the start, and told of', async (t) => {
    const { path, dataPlane, make, next } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n10.0.0.1\n2001:db8::/32\n198.51.100.7\nx\n');
    const keeper = make([inFile('a', path('a'))]);
    keeper.start();
    assert.deepEqual(await next('list_loaded'), {
      event: 'list_loaded',
      list: 'a',
      origin: 'config',
      source: path('a'),
      from: 'file',
      isEnforced: true,
      ipv4: 1,
      ipv6: 1,
      repeated: 1,
      skipped: { too_wide: 0, private: 1, own: 0, ignored: 0 },
      bad: 1,
      remarks: ['line 2: 10.0.0.1 (private)', 'line 5: no address'],
    });
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7', '2001:db8::/32']]);
    const [status] = keeper.status();
    assert.deepEqual(
      [status?.state, status?.from, status?.error, status?.dueNs],
      ['enforced', 'file', undefined, undefined],
    );
    assert.deepEqual(status?.loads, { loaded: 1, unchanged: 0, failed: 0 });
  });

  test('observing, is read and told of, and keeps nobody out', async (t) => {
    const { path, dataPlane, make, next } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    const keeper = make([inFile('a', path('a'))], false);
    keeper.start();
    assert.equal((await next('list_loaded')).isEnforced, false);
    assert.deepEqual(dataPlane.listed().flat(), []);
    assert.deepEqual(
      keeper.status().map(({ state, facts }) => [state, facts?.ipv4]),
      [['observed', 1]],
    );
  });

  test('is replaced as a whole when it has changed, and another list keeps its place', async (t) => {
    const { path, dataPlane, make, next, lookUntil, events } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n198.51.100.8\n');
    writeFileSync(path('b'), '198.18.0.1\n');
    make([inFile('a', path('a')), inFile('b', path('b'))]).start();
    await next('list_loaded');
    await next('list_loaded');
    writeFileSync(path('a'), '198.51.100.8\n198.51.100.9\n');
    await lookUntil(() => events.length > 0);
    await next('list_loaded');
    assert.deepEqual(dataPlane.listed(), [['198.51.100.8', '198.51.100.9'], ['198.18.0.1']]);
  });

  test('is not read again as long as it is the same', async (t) => {
    const { path, make, next, lookUntil, jobs, events } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    writeFileSync(path('b'), '198.51.100.7\n');
    make([inFile('a', path('a')), inFile('b', path('b'))]).start();
    await next('list_loaded');
    await next('list_loaded');
    for (const text of ['198.51.100.8\n', '198.51.100.9\n', '198.51.100.10\n']) {
      writeFileSync(path('b'), text);
      await lookUntil(() => events.length > 0);
      await next('list_loaded');
    }
    assert.deepEqual(
      jobs.map(({ place }) => place.kind === 'file' && place.path.at(-1)),
      ['a', 'b', 'b', 'b', 'b'],
    );
  });

  test('that changes all the time is read nevertheless, after ten looks', async (t) => {
    const { path, dataPlane, make, next, lookUntil, jobs } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    make([inFile('a', path('a'))]).start();
    await next('list_loaded');
    let writes = 0;
    await lookUntil(() => {
      if (jobs.length > 1) return true;
      writeFileSync(path('a'), `198.51.100.8\n${'#'.repeat(++writes)}\n`); // before each look
      return false;
    });
    assert.ok(writes >= 10, `after ${writes}`);
    await next('list_loaded');
    assert.deepEqual(dataPlane.listed(), [['198.51.100.8']]);
  });

  test('is known to be the latest at each look at which it is as it was loaded', async (t) => {
    const { path, make, next, lookUntil, events } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    writeFileSync(path('b'), '198.18.0.1\n');
    const keeper = make([inFile('a', path('a')), inFile('b', path('b'))]);
    const latest = () => keeper.status()[0]!.checkedMs!;
    keeper.start();
    await next('list_loaded');
    await next('list_loaded');
    const first = latest();
    await lookUntil(() => latest() > first);
    assert.ok(keeper.status()[0]!.loadedMs! <= first, 'it is not loaded anew for that');
    writeFileSync(path('a'), '<html>\n');
    await lookUntil(() => events.length > 0);
    await next('list_failed');
    const last = latest();
    writeFileSync(path('b'), '198.18.0.2\n');
    await lookUntil(() => events.length > 0 && Date.now() > last);
    await next('list_loaded');
    assert.equal(latest(), last, 'what is in force is no longer the latest');
  });

  const failures: readonly (readonly [says: string, spoil: (path: string) => void, text: RegExp])[] = [
    ['empty', (path) => writeFileSync(path, ''), /it is empty/],
    ['a web page', (path) => writeFileSync(path, '<html>\n'), /web page/],
    ['gone', (path) => rmSync(path), /ENOENT/],
  ];
  for (const [says, spoil, text] of failures) {
    test(`stays as it was when it is ${says}, which is told once; mended, it counts again`, async (t) => {
      const { path, dataPlane, make, next, lookUntil, events } = makeKeeper(t);
      writeFileSync(path('a'), '198.51.100.7\n');
      const keeper = make([inFile('a', path('a'))]);
      keeper.start();
      await next('list_loaded');
      spoil(path('a'));
      await lookUntil(() => events.length > 0);
      const failed = await next('list_failed');
      assert.match(failed.text, text);
      assert.deepEqual([failed.isKept, failed.retrySeconds], [true, 30]);
      assert.deepEqual(dataPlane.listed(), [['198.51.100.7']]);
      assert.match(keeper.status()[0]!.error!, text);
      writeFileSync(path('a'), '198.51.100.8\n');
      await lookUntil(() => events.length > 0);
      await next('list_loaded');
      assert.deepEqual(
        [dataPlane.listed(), keeper.status()[0]!.error, events],
        [[['198.51.100.8']], undefined, []],
      );
    });
  }

  test('that is not there may come', async (t) => {
    const { path, dataPlane, make, next, lookUntil, events } = makeKeeper(t);
    make([inFile('a', path('a'))]).start();
    assert.equal((await next('list_failed')).isKept, false);
    writeFileSync(path('a'), '198.51.100.7\n');
    await lookUntil(() => events.length > 0);
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7']]);
  });

  test('for which there is no room leaves everything as it was, and is tried again', async (t) => {
    const { path, dataPlane, make, next, lookUntil, events } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    writeFileSync(path('b'), '198.18.0.1\n');
    make([inFile('a', path('a')), inFile('b', path('b'))]).start();
    await next('list_loaded');
    await next('list_loaded');
    dataPlane.listCapacity = 3;
    writeFileSync(path('a'), '198.51.100.7\n198.51.100.9\n198.51.100.11\n');
    await lookUntil(() => events.length > 0);
    assert.match((await next('list_failed')).text, /no room for the list: 3 entries/);
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7'], ['198.18.0.1']]);
    dataPlane.listCapacity = 4;
    dataPlane.advance(31e9);
    await lookUntil(() => events.length > 0);
    await next('list_loaded');
    assert.deepEqual(
      dataPlane.listed().map(({ length }) => length),
      [3, 1],
    );
  });

  test('files do not wait for servers, however many of those are slow, and few are asked at one time', async (t) => {
    const { path, dataPlane, make, next, gate, jobs } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    const slow = Promise.withResolvers<void>();
    gate.open = slow.promise;
    const names = Array.from({ length: 6 }, (_, index) => `u${index}`);
    const keeper = make(names.map((name) => atUrl(name, 'http://127.0.0.1:1/')));
    keeper.start();
    await waitUntil(() => jobs.length === 4);
    gate.open = Promise.resolve();
    await keeper.put(inFile('a', path('a')), undefined);
    assert.equal(jobs.length, 5);
    assert.deepEqual(dataPlane.listed().at(-1), ['198.51.100.7']);
    slow.resolve();
    for (const _ of names) await next('list_failed');
    assert.equal(jobs.length, 7);
  });

  test('lists do not wait for one that is slow', async (t) => {
    const { path, dataPlane, make, next, gate } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    writeFileSync(path('b'), '198.18.0.1\n');
    const slow = Promise.withResolvers<void>();
    gate.open = slow.promise;
    const keeper = make([inFile('a', path('a'))]);
    keeper.start();
    await new Promise(setImmediate);
    gate.open = Promise.resolve();
    await keeper.put(inFile('b', path('b')), undefined);
    assert.deepEqual(dataPlane.listed(), [[], ['198.18.0.1']]);
    slow.resolve();
    await next('list_loaded');
    await next('list_loaded');
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7'], ['198.18.0.1']]);
  });

  test('what is under way when the sentry stops is no longer told of', async (t) => {
    const { path, make, gate, events, jobs, dataPlane } = makeKeeper(t);
    writeFileSync(path('a'), '198.51.100.7\n');
    const slow = Promise.withResolvers<void>();
    gate.open = slow.promise;
    const keeper = make([inFile('a', path('a')), inFile('b', path('b'))]);
    keeper.start();
    while (jobs.length < 2) await new Promise(setImmediate);
    keeper.stop();
    slow.resolve();
    const later = makeKeeper(t); // by the time that this one is through, the other would be
    writeFileSync(later.path('a'), '198.51.100.7\n');
    later.make([inFile('a', later.path('a'))]).start();
    await later.next('list_loaded');
    assert.deepEqual([events, dataPlane.listed()], [[], []]);
  });
});
