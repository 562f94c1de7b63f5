/** Whoever reaches the metrics port may send what he likes: no answer but the right ones, and others are answered still. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { METHODS } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { Accepted } from '../../../support/accepted.ts';
import { waitUntil } from '../../../support/wait-until.ts';
import { everythingFrom, get, PAGE, statusOf, TestEndpoint } from './serve.ts';

/** Refusals of the parser, and ours. */
const REFUSALS = new Set([400, 404, 405, 417, 421, 431]);
const isRight = async (endpoint: TestEndpoint) =>
  assert.equal(await (await fetch(endpoint.url)).text(), PAGE);

describe('whatever bytes come', () => {
  const first = fc.constantFrom(
    'GET /metrics HTTP/1.1',
    'HEAD /metrics HTTP/1.1',
    'GET /metrics?x HTTP/1.0',
    'GET / HTTP/1.0',
    'GET http://localhost/metrics HTTP/1.1',
    'POST /metrics HTTP/1.1',
    'DELETE * HTTP/1.1',
    'CONNECT a:1 HTTP/1.1',
    'PRI * HTTP/2.0',
    'GET',
    'hello',
    '',
  );
  const header = fc.constantFrom(
    'Host: localhost',
    'Host: localhost',
    'Host: evil.example',
    'Content-Length: 5',
    'Content-Length: -1',
    'Transfer-Encoding: chunked',
    'Connection: keep-alive, upgrade',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'Expect: nothing',
    ' folded',
    'X: \0',
    '',
    '',
    '0',
    'GET /metrics HTTP/1.1',
  );
  const end = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '');
  const host = fc.constantFrom('Host: localhost\r\n', 'Host: localhost\r\n', '');
  const last = fc.constantFrom('\r\n', '\r\n\r\n', '');
  const lines = fc
    .tuple(fc.tuple(first, end), host, fc.array(fc.tuple(header, end), { maxLength: 6 }), last)
    .map((all) => Buffer.from(all.flat(2).join(''), 'latin1'));
  const damaged = fc.tuple(fc.nat(60), fc.nat(4), fc.uint8Array({ maxLength: 4 })).map(([at, cut, put]) => {
    const whole = Buffer.from(get('/metrics', 'Accept: */*'));
    return Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + cut)]);
  });
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const anything = fc.oneof(lines, damaged, noise);

  test('the answer is one of a few, and the page comes once at most, to a GET of it', async () => {
    await using endpoint = await TestEndpoint.start();
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(anything, async (bytes) => {
        const { text, isReset } = await endpoint.say(bytes);
        const last = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
        const status = statusOf(last);
        seen.add(status);
        if (last === '')
          assert.ok(true); // it was no request yet, or CONNECT, or what came behind it was not read any more
        else if (status === 200) {
          const request = bytes.toString('latin1').replace(/^[\r\n]+/, '');
          assert.match(request, /^(GET|HEAD) /);
          const pages = last.split(PAGE).length - 1;
          assert.ok(pages <= 1 && (pages === 0 || /^GET +\/metrics[ ?]/.test(request)), last);
        } else assert.ok(REFUSALS.has(status), `${last} ${isReset}`);
      }),
      { numRuns: 1500 },
    );
    for (const status of [200, 400, 404, 405, 421]) assert.ok(seen.has(status), `${status} never came`);
    await isRight(endpoint);
  });

  /** Whether a request that is one is read before what comes behind it and is none depends on when that comes. */
  const isAlone = (bytes: Uint8Array) =>
    !/^[\r\n]*[^\r\n].*?\n\r?\n./s.test(Buffer.from(bytes).toString('latin1'));

  test('it is the same wherever the network cuts them', async () => {
    await using endpoint = await TestEndpoint.start();
    const withoutDate = (text: string) => text.replace(/\r\nDate: [^\r]*/, '');
    await fc.assert(
      fc.asyncProperty(
        anything.filter(isAlone),
        fc.array(fc.nat(80), { maxLength: 5 }),
        async (bytes, cuts) => {
          const pieces: Uint8Array[] = [];
          let from = 0;
          for (const cut of cuts) {
            if (cut > 0) pieces.push(bytes.subarray(from, from + cut));
            from += cut;
          }
          pieces.push(bytes.subarray(from));
          const [whole, cut] = [await endpoint.say(bytes), await endpoint.say(...pieces)];
          // Who is refused while he goes on sending may find the connection reset before he has read why.
          if (!whole.isReset && !cut.isReset) assert.equal(withoutDate(cut.text), withoutDate(whole.text));
        },
      ),
      { numRuns: 500 },
    );
    await isRight(endpoint);
  });
});

test('nothing but GET and HEAD', async () => {
  await using endpoint = await TestEndpoint.start();
  for (const method of METHODS.filter((it) => it !== 'GET' && it !== 'HEAD')) {
    const { text } = await endpoint.say(`${method} /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    assert.equal(statusOf(text), method === 'CONNECT' ? 0 : 405, method);
    if (method !== 'CONNECT') assert.match(text, /\r\nallow: GET, HEAD\r\n/);
  }
  assert.equal(endpoint.made, 0);
});

describe('what a proxy and a server may read differently is refused:', () => {
  for (const [says, headers] of [
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['a length that is none', ['Content-Length: +5']],
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['chunks that are not last', ['Transfer-Encoding: chunked, identity']],
    ['a blank before the colon', ['Content-Length : 5']],
    ['a folded header', ['X: a', ' b']],
    ['a zero', ['X: a\0b']],
    ['a bare carriage return', ['X: a\rContent-Length: 5']],
    ['two hosts', ['Host: localhost']],
  ] as const) {
    test(says, async () => {
      await using endpoint = await TestEndpoint.start();
      const { text } = await endpoint.say(`${get('/metrics', ...headers)}hello${get()}`);
      assert.equal(statusOf(text), 400, text);
      assert.equal(endpoint.made, 0);
    });
  }
});

test('of a thousand requests in one piece one is answered', async () => {
  await using endpoint = await TestEndpoint.start();
  const { text } = await endpoint.say(get().repeat(1000));
  assert.equal(text.split('HTTP/1.1 ').length - 1, 1);
  assert.equal(endpoint.made, 1);
});

test('headers without end are cut short', async () => {
  await using endpoint = await TestEndpoint.start();
  for (const headers of [[`X: ${'x'.repeat(9000)}`], Array.from({ length: 1000 }, (_, at) => `X-${at}: x`)]) {
    const { text, isReset } = await endpoint.say(get('/metrics', ...headers));
    assert.ok(statusOf(text) === 431 || isReset, text.slice(0, 80));
  }
  const { text, isReset } = await endpoint.say(get(`/${'x'.repeat(9000)}`));
  assert.ok([414, 431].includes(statusOf(text)) || isReset, text.slice(0, 80));
  await isRight(endpoint);
});

/** Sockets that the other side has not ended. */
const open = (sockets: readonly Socket[]) => sockets.filter(({ closed }) => !closed);
const many = (endpoint: TestEndpoint, count: number, from?: string) =>
  Promise.all(Array.from({ length: count }, () => endpoint.connect(from)));
const drain = (sockets: readonly Socket[]) => {
  for (const socket of sockets) socket.on('end', () => socket.end()).resume();
};

test('who never ends his request is let go, while others are answered', async () => {
  await using endpoint = await TestEndpoint.start('127.0.0.1', { timeoutMs: 1000 });
  const slow = await many(endpoint, 20);
  drain(slow);
  const dripping = setInterval(() => {
    for (const socket of open(slow)) socket.write('X: y\r\n');
  }, 20);
  try {
    for (const [at, socket] of slow.entries()) socket.write(at % 2 === 0 ? 'GET / HTTP/1.1\r\n' : 'GE');
    await isRight(endpoint);
    await waitUntil(() => open(slow).length === 0);
  } finally {
    clearInterval(dripping);
  }
});

test('who says nothing at all, or goes on sending what nobody reads, is let go', async () => {
  await using endpoint = await TestEndpoint.start('127.0.0.1', { timeoutMs: 1000 });
  const sockets = await many(endpoint, 4);
  drain(sockets);
  sockets[0]!.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n');
  sockets[1]!.write(get('/metrics', 'Transfer-Encoding: chunked'));
  sockets[2]!.end();
  await isRight(endpoint);
  await waitUntil(() => open(sockets).length === 0);
});

test('who never reads his answer is let go', async () => {
  using accepted = new Accepted();
  await using endpoint = await TestEndpoint.start('127.0.0.1', { timeoutMs: 1000 });
  endpoint.page = () => 'x'.repeat(8 << 20); // more than the network holds
  const greedy = await many(endpoint, 4);
  for (const socket of greedy) socket.pause().write(get());
  await waitUntil(() => endpoint.made > 0 && accepted.open === 0);
  assert.equal(accepted.count, 4);
  for (const socket of greedy) socket.destroy();
  endpoint.page = () => PAGE;
  await isRight(endpoint);
});

describe('of more connections than there may be', () => {
  const LIMIT = 16;

  test('those of somebody who has too many go, and no one else loses his', async () => {
    await using endpoint = await TestEndpoint.start('127.0.0.1', { connections: LIMIT });
    const scraper = await endpoint.connect('127.0.0.1');
    const others = await many(endpoint, 3, '127.0.0.3');
    const crowd = await many(endpoint, 300, '127.0.0.2');
    drain([...others, ...crowd]);
    await waitUntil(() => open(crowd).length === LIMIT - 4);
    assert.equal(open(others).length, 3);
    const answer = everythingFrom(scraper);
    scraper.write(get());
    assert.match((await answer).text, new RegExp(`${PAGE}$`));
    for (const socket of [...others, ...crowd]) socket.destroy();
  });

  test('the newest is heard, also when all are from one address', async () => {
    await using endpoint = await TestEndpoint.start('127.0.0.1', { connections: LIMIT });
    const crowd = await many(endpoint, 300);
    drain(crowd);
    for (let round = 0; round < 10; round++) {
      await isRight(endpoint);
      const more = await many(endpoint, 20);
      drain(more);
      crowd.push(...more);
    }
    await waitUntil(() => open(crowd).length <= LIMIT);
    for (const socket of crowd) socket.destroy();
  });

  test('none is counted that has gone', async () => {
    await using endpoint = await TestEndpoint.start('127.0.0.1', { connections: LIMIT });
    const early = await endpoint.connect();
    for (let round = 0; round < 10; round++) {
      const some = await many(endpoint, LIMIT - 1);
      for (const socket of some) socket.destroy();
      await Promise.all(some.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
      await nextTurn();
      await isRight(endpoint);
    }
    assert.equal(early.closed, false);
    early.destroy();
  });
});

test('a process without descriptors for more connections goes on, and answers when it has some', async () => {
  const http = new URL('../../../../src/report/http.ts', import.meta.url).href;
  const script = `
    const { serveMetrics } = await import(${JSON.stringify(http)});
    const metrics = { contentType: 'text/plain', render: async () => ${JSON.stringify(PAGE)} };
    const limits = { connections: 1000, timeoutMs: 60_000 };
    console.log(new URL((await serveMetrics(metrics, '127.0.0.1', 0, limits)).url).port);`;
  const child = spawn('prlimit', ['--nofile=64', process.execPath, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const { value: port } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    const crowd = Array.from({ length: 300 }, () =>
      connect(Number(port), '127.0.0.1').on('error', () => undefined),
    );
    const isSettled = ({ connecting, closed }: Socket) => !connecting || closed;
    await waitUntil(() => crowd.every(isSettled));
    for (const socket of crowd) socket.destroy();
    const isThere = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    let text: string | undefined;
    for (let tries = 0; tries < 1000 && text === undefined; tries++)
      text = await isThere().catch(() => undefined);
    assert.equal(text, PAGE);
    assert.equal(child.exitCode, null);
  } finally {
    child.kill('SIGKILL');
  }
});
