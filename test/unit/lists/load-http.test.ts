/** Lists from servers, good ones and bad ones. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { follow } from '../../../src/lists/http.ts';
import { type Loaded, type LoadPlace, load } from '../../../src/lists/load.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';
import { prefixesIn } from '../../../src/values/prefix-columns.ts';
import { guard, nobody } from './read.ts';
import { type Handler, TestServer } from './serve.ts';

const TEXT = '198.51.100.7\n2001:db8::/32\n';
const NETWORKS = ['198.51.100.7', '2001:db8::/32'];
const MANY = Array.from({ length: 20_000 }, (_, at) => `198.18.${at >> 8}.${at & 255}\n`).join('');

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.stop());
beforeEach(() => {
  server.requests.length = 0;
});

type Options = Partial<Extract<LoadPlace, { kind: 'url' }>> & { readonly maxBytes?: number };

const fetch = ({ maxBytes = 1 << 20, ...place }: Options = {}) =>
  load(
    {
      place: { kind: 'url', url: server.url(), validators: {}, cache: undefined, ...place },
      format: undefined,
      maxBytes,
      exempt: nobody,
    },
    guard,
  );
const networksOf = (result: unknown) => [...prefixesIn((result as Loaded).columns)].map(formatPrefix);
const send =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

/** A server that answers with these bytes and hangs up, whatever it is asked, as long as `use` is under way. */
async function answering(answer: string | Buffer, use: (authority: string) => Promise<void>): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    await use(`127.0.0.1:${port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('a list from a server', () => {
  const good: readonly (readonly [says: string, handler: Handler, path?: string])[] = [
    ['plain', send(TEXT)],
    ['packed for the way', send(gzipSync(TEXT), { 'content-encoding': 'gzip' })],
    ['packed, as a file', send(gzipSync(TEXT)), '/list.txt.gz'],
    [
      'packed as a file, and said to be for the way',
      send(gzipSync(TEXT), { 'content-encoding': 'x-gzip' }),
      '/list.gz',
    ],
    [
      'in pieces',
      (_, response) => {
        response.write(TEXT.slice(0, 1));
        setImmediate(() => response.end(TEXT.slice(1)));
      },
    ],
    [
      'elsewhere',
      (request, response) => {
        if (request.url === '/there') send(TEXT)(request, response);
        else response.writeHead(302, { location: '/there' }).end();
      },
    ],
  ];
  for (const [says, handler, path] of good) {
    test(says, async () => {
      server.handle = handler;
      assert.deepEqual(networksOf(await fetch({ url: server.url(path) })), NETWORKS);
    });
  }

  test('is asked for by name, and packed if need be', async () => {
    server.handle = send(TEXT);
    await fetch();
    const { headers } = server.requests[0]!;
    assert.match(headers['user-agent']!, /^xdpsentry\/\d/);
    assert.equal(headers['accept-encoding'], 'gzip');
    assert.equal(headers['if-none-match'], undefined);
  });

  test('comes with what the server knows it by, and is not sent again while it is the latest', async () => {
    const validators = { etag: '"v1"', lastModified: 'Fri, 27 Nov 2026 20:00:00 GMT' };
    server.handle = send(TEXT, { etag: validators.etag, 'last-modified': validators.lastModified });
    assert.deepEqual(((await fetch()) as Loaded).validators, validators);
    server.handle = send('', {}, 304);
    assert.equal(await fetch({ validators }), 'unchanged');
    const { headers } = server.requests[1]!;
    assert.equal(headers['if-none-match'], validators.etag);
    assert.equal(headers['if-modified-since'], validators.lastModified);
  });

  test('user name and password of the URL go to that server, and not to one that it names', async () => {
    server.handle = (request, response) => {
      if (request.url === '/there') send(TEXT)(request, response);
      else
        response.writeHead(307, { location: server.url('/there').replace('127.0.0.1', 'localhost') }).end();
    };
    await fetch({ url: server.url().replace('http://', 'http://me:secret@') });
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.authorization),
      [`Basic ${Buffer.from('me:secret').toString('base64')}`, undefined],
    );
  });
});

describe('a redirect', () => {
  const from = new URL('https://example.org/a/list');
  for (const [location, to] of [
    ['b', 'https://example.org/a/b'],
    ['//example.net/', 'https://example.net/'],
    ['https://example.net/x', 'https://example.net/x'],
  ] as const) {
    test(`to ${location} is followed`, () => assert.equal(follow(location, from).href, to));
  }
  for (const location of ['http://example.org/', 'file:///etc/passwd', 'data:,198.51.100.7', 'https://']) {
    test(`from https to ${location} is not`, () => void assert.throws(() => follow(location, from)));
  }
});

describe('no list comes from a server', () => {
  const bad: readonly (readonly [says: string, handler: Handler, error: RegExp, options?: Options])[] = [
    ['that has none', send('', {}, 404), /the server answers 404 Not Found/],
    ['in trouble', send('busy', {}, 503), /the server answers 503/],
    ['that says 304 to one who has nothing', send('', {}, 304), /the server answers 304/],
    ['that answers with a web page', send('<html>\n<p>log in\n'), /it is a web page and no list/],
    ['that answers nothing', send(''), /it is empty/],
    ['that says that it is longer', send(TEXT, { 'content-length': '1000' }), /broke off|aborted/],
    [
      'that says that it is too long',
      send(TEXT, { 'content-length': '2000000' }),
      /larger than 1048576 bytes/,
    ],
    ['with too much of it', send(MANY), /larger than 1000 bytes/, { maxBytes: 1000 }],
    ['with too much of it, packed', send(gzipSync(MANY)), /larger than 100000 bytes/, { maxBytes: 100_000 }],
    ['with a bomb', send(gzipSync(Buffer.alloc(64 << 20))), /larger than 1048576 bytes/],
    ['that breaks off what is packed', send(gzipSync(MANY).subarray(0, 20_000)), /unexpected end of file/],
    [
      'that breaks off what is packed for the way',
      send(gzipSync(MANY).subarray(0, 20_000), { 'content-encoding': 'gzip' }),
      /unexpected end of file/,
    ],
    [
      'that packs badly',
      send(Buffer.concat([gzipSync(MANY).subarray(0, 500), Buffer.alloc(500, 0xff)])),
      /./,
    ],
    [
      'that packs in a way that nobody asked for',
      send('x', { 'content-encoding': 'br' }),
      /sends it as "br"/,
    ],
    ['that leads round in circles', send('', { location: '/' }, 301), /more than 5 redirects/],
    ['that leads nowhere', send('', { location: 'http://' }, 301), /a redirect leads nowhere/],
    ['that redirects without saying where', send('', {}, 302), /the server answers 302/],
    ['that leads to a file', send('', { location: 'file:///etc/passwd' }, 302), /from http: to "file:"/],
    [
      'that leads to another protocol',
      send('', { location: 'ftp://127.0.0.1/' }, 302),
      /from http: to "ftp:"/,
    ],
    ['that hangs up', (request) => request.socket.destroy(), /the connection broke off/],
    [
      'that hangs up in the middle',
      (_, response) => response.writeHead(200).write(TEXT, () => response.destroy()),
      /broke off|aborted/,
    ],
    [
      'that says nothing',
      () => undefined,
      /says nothing for 0.05 s/,
      { limits: { idleMs: 50, totalMs: 60_000 } },
    ],
    [
      'that says nothing more',
      (_, response) => void response.writeHead(200).write(TEXT),
      /says nothing for 0.05 s/,
      { limits: { idleMs: 50, totalMs: 60_000 } },
    ],
    [
      'that talks for ever',
      (_, response) => {
        const timer = setInterval(() => response.write('# more\n'), 5);
        response.on('close', () => clearInterval(timer));
      },
      /took more than 0.1 s/,
      { limits: { idleMs: 60_000, totalMs: 100 } },
    ],
  ];
  for (const [says, handler, error, options] of bad) {
    test(says, async () => {
      server.handle = handler;
      await assert.rejects(fetch(options), error);
    });
  }

  test('that is not there', async () => {
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const { port } = nobody.address() as { port: number };
    await new Promise((resolve) => nobody.close(resolve));
    await assert.rejects(
      fetch({ url: `http://localhost:${port}/` }),
      /nobody listens there \(ECONNREFUSED\)/,
    );
  });

  test('that speaks no HTTP', async () => {
    await answering('198.51.100.7\n', async (authority) => {
      await assert.rejects(fetch({ url: `http://${authority}/` }), /Parse Error/);
      await assert.rejects(fetch({ url: `https://${authority}/` }), /./);
    });
  });

  for (const headers of ['', 'Transfer-Encoding: identity\r\n']) {
    test(`that does not say where it ends${headers && ', but how it comes'}: half of it would look whole`, async () => {
      await answering(`HTTP/1.1 200 OK\r\n${headers}\r\n${TEXT}`, async (authority) => {
        await assert.rejects(fetch({ url: `http://${authority}/` }), /does not say where it ends/);
      });
    });
  }

  const endless = Buffer.from('HTTP/1.1 200 OK\r\n\r\n');
  test('that does not say where it ends and breaks off what is packed', async () => {
    const packed = gzipSync(MANY);
    for (const bytes of [1, 20_000, packed.length - 1]) {
      await answering(Buffer.concat([endless, packed.subarray(0, bytes)]), async (authority) => {
        const error = bytes === 1 ? /does not say where it ends/ : /unexpected end of file/;
        await assert.rejects(fetch({ url: `http://${authority}/` }), error);
      });
    }
  });

  test('but one that does not say where it ends may pack it, for that says so', async () => {
    await answering(Buffer.concat([endless, gzipSync(TEXT)]), async (authority) => {
      assert.deepEqual(networksOf(await fetch({ url: `http://${authority}/` })), NETWORKS);
    });
  });
});

describe('what a server says does nothing to a terminal', () => {
  const answers: readonly (readonly [what: string, answer: string])[] = [
    ['its words for a status', 'HTTP/1.1 503 \u001b[2J\u009b31m\r\n\r\n'],
    ['its words for a status that nobody knows', 'HTTP/1.1 599 \u001b[2J\u009b31m\r\n\r\n'],
    ['how it packs', 'HTTP/1.1 200 OK\r\nContent-Encoding: \u009b31mx\r\n\r\nx'],
    ['where it redirects to', 'HTTP/1.1 302 Found\r\nLocation: \u009b31m://\u009b/\r\n\r\n'],
    ['where it redirects to, by name', 'HTTP/1.1 302 Found\r\nLocation: http://\u009b31m.invalid/\r\n\r\n'],
    ['a redirect to a long protocol', `HTTP/1.1 302 Found\r\nLocation: ${'a'.repeat(5000)}://x/\r\n\r\n`],
    ['what it sends', 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\u001b[2J\u009b31m'],
  ];
  for (const [what, answer] of answers) {
    test(what, async () => {
      await answering(Buffer.from(answer, 'latin1'), async (authority) => {
        await assert.rejects(fetch({ url: `http://${authority}/` }), ({ message }: Error) => {
          assert.doesNotMatch(message, /[\p{Cc}\p{Cf}]/u);
          assert.ok(message.length < 200, message);
          return true;
        });
      });
    });
  }
});
