/** Lists of the configuration from servers: refreshed, tried again, kept over a restart. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { atUrl, makeKeeper } from './make-keeper.ts';
import { TestServer } from './serve.ts';

const HOUR_NS = 3600e9;

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.stop());
beforeEach(() => {
  server.requests.length = 0;
  serve('198.51.100.7\n');
});

function serve(body: string, status = 200): void {
  server.handle = (_, response) => {
    response.writeHead(status, { etag: JSON.stringify(body.trim()) }).end(body);
  };
}

describe('a list from a server', () => {
  test('is asked for again each `refresh`, and not sooner', async (t) => {
    const { dataPlane, make, next, lookUntil, events } = makeKeeper(t);
    const keeper = make([atUrl('a', server.url())]);
    keeper.start();
    await next('list_loaded');
    assert.equal(keeper.status()[0]!.dueNs, dataPlane.nowNs() + HOUR_NS);
    dataPlane.advance(HOUR_NS - 1e9);
    keeper.look();
    serve('198.51.100.8\n');
    dataPlane.advance(1e9);
    await lookUntil(() => events.length > 0);
    await next('list_loaded');
    assert.equal(server.requests.length, 2);
    assert.deepEqual(dataPlane.listed(), [['198.51.100.8']]);
  });

  test('is left as it is while the server says that it is the latest', async (t) => {
    const { dataPlane, make, next, lookUntil, events } = makeKeeper(t);
    server.handle = (request, response) =>
      request.headers['if-none-match'] === '"v1"'
        ? response.writeHead(304).end()
        : response.writeHead(200, { etag: '"v1"' }).end('198.51.100.7\n');
    const keeper = make([atUrl('a', server.url())]);
    keeper.start();
    await next('list_loaded');
    const loads = () => keeper.status()[0]!.loads;
    dataPlane.advance(HOUR_NS);
    await lookUntil(() => loads().unchanged === 1);
    dataPlane.advance(HOUR_NS);
    await lookUntil(() => loads().unchanged === 2);
    assert.deepEqual([loads().loaded, dataPlane.listed(), events], [1, [['198.51.100.7']], []]);
  });

  test('that cannot be had stays as it was, and is tried again after ever longer pauses', async (t) => {
    const { dataPlane, make, next, lookUntil, events } = makeKeeper(t);
    const keeper = make([atUrl('a', server.url(), 300_000)]);
    keeper.start();
    await next('list_loaded');
    serve('busy', 503);
    dataPlane.advance(300e9);
    for (const pause of [30, 60, 120, 240, 300, 300]) {
      await lookUntil(() => events.length > 0);
      const { text, isKept, retrySeconds } = await next('list_failed');
      assert.match(text, /the server answers 503/);
      assert.deepEqual([isKept, retrySeconds], [true, pause]);
      dataPlane.advance((pause - 1) * 1e9);
      keeper.look();
      dataPlane.advance(1e9);
    }
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7']]);
    serve('198.51.100.8\n');
    await lookUntil(() => events.length > 0);
    await next('list_loaded');
    assert.deepEqual([keeper.status()[0]!.error, dataPlane.listed()], [undefined, [['198.51.100.8']]]);
    assert.equal(server.requests.length, 8);
  });
});

describe('the copy of a list', () => {
  /** A list that an earlier sentry has kept in that directory, `ageS` seconds ago. */
  async function keepCopy(t: Parameters<typeof makeKeeper>[0], cache: string, ageS: number) {
    const { make, next } = makeKeeper(t);
    make([atUrl('a', server.url())], true, cache).start();
    await next('list_loaded');
    const time = Date.now() / 1000 - ageS;
    utimesSync(`${cache}/a`, time, time);
    server.requests.length = 0;
  }

  test('is in force at once, also without network, and the server is tried', async (t) => {
    const { path, dataPlane, make, next } = makeKeeper(t);
    await keepCopy(t, path('lib'), 7200);
    serve('busy', 503);
    const keeper = make([atUrl('a', server.url())], true, path('lib'));
    keeper.start();
    assert.equal((await next('list_loaded')).from, 'cache');
    assert.deepEqual(dataPlane.listed(), [['198.51.100.7']]);
    assert.equal((await next('list_failed')).isKept, true);
    assert.deepEqual(
      keeper.status().map(({ from, facts }) => [from, facts?.ipv4]),
      [['cache', 1]],
    );
  });

  test('saves the server a request as long as it is fresh', async (t) => {
    const { path, dataPlane, make, next, lookUntil } = makeKeeper(t);
    await keepCopy(t, path('lib'), 1800);
    const keeper = make([atUrl('a', server.url())], true, path('lib'));
    keeper.start();
    await next('list_loaded');
    const { dueNs, checkedMs } = keeper.status()[0]!;
    assert.ok(Math.abs((dueNs! - dataPlane.nowNs()) / 1e9 - 1800) < 60);
    assert.ok(Math.abs(Date.now() - checkedMs! - 1_800_000) < 60_000);
    assert.equal(server.requests.length, 0);
    dataPlane.advance(HOUR_NS / 2 + 60e9);
    await lookUntil(() => server.requests.length === 1);
    assert.equal(server.requests[0]!.headers['if-none-match'], '"198.51.100.7"');
  });

  test('that is older than the list, for that could not be kept, does not become the latest by a 304', async (t) => {
    const { path, dataPlane, make, next, lookUntil, events } = makeKeeper(t);
    server.handle = (request, response) => {
      const body = server.requests.length === 1 ? '198.51.100.7\n' : '198.51.100.8\n';
      const etag = JSON.stringify(body.trim());
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { etag }).end(body);
    };
    const keeper = make([atUrl('a', server.url())], true, path('lib'));
    keeper.start();
    await next('list_loaded');
    mkdirSync(path('lib/a.new')); // where the next copy is to be written
    for (let round = 0; round < 2; round++) {
      dataPlane.advance(HOUR_NS);
      await lookUntil(() => events.some(({ event }) => event === 'list_loaded'));
      await next('list_loaded');
    }
    assert.match((await next('warning')).text, /no copy of it is kept/);
    rmdirSync(path('lib/a.new'));
    dataPlane.advance(HOUR_NS);
    await lookUntil(() => events.length > 0);
    await next('list_loaded');
    assert.deepEqual(
      server.requests.map(({ headers }) => headers['if-none-match']),
      [undefined, '"198.51.100.7"', undefined, undefined],
    );
    assert.match(readFileSync(path('lib/a'), 'utf8'), /198\.51\.100\.8\n$/);
    dataPlane.advance(HOUR_NS);
    await lookUntil(() => keeper.status()[0]!.loads.unchanged === 1);
    assert.deepEqual(events, [], 'what the disk did not take is told once');
  });

  test('that is of no use is told of, and the server is asked', async (t) => {
    const other = makeKeeper(t);
    await keepCopy(t, other.path('lib'), 0);
    writeFileSync(other.path('lib/a'), '# xdpsentry keeps {"source":"x"}\n');
    other.make([atUrl('a', server.url())], true, other.path('lib')).start();
    assert.equal((await other.next('list_loaded')).from, 'url');
    const third = makeKeeper(t);
    mkdirSync(third.path('lib/a'), { recursive: true });
    third.make([atUrl('a', server.url())], true, third.path('lib')).start();
    assert.match((await third.next('warning')).text, /list a: the copy in \S+\/a is of no use: /);
    assert.equal((await third.next('list_loaded')).from, 'url');
    assert.match(
      (await third.next('warning')).text,
      /list a: no copy of it is kept in \S+ for the next start: /,
    );
  });

  test('that has no directory is told of once, in plain words', async (t) => {
    const { path, make, next, events } = makeKeeper(t);
    writeFileSync(path('file'), '');
    make([atUrl('a', server.url())], true, path('file/lib')).start();
    await next('list_loaded');
    assert.equal(
      (await next('warning')).text,
      `list a: no copy of it is kept in ${path('file/lib')} for the next start: part of the path is no directory (ENOTDIR)`,
    );
    assert.deepEqual(events, []);
  });
});
