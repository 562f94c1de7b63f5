import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveMetrics } from '../../../../src/report/http.ts';
import { get, PAGE, statusOf, TestEndpoint } from './serve.ts';

test('the endpoint answers GET /metrics', async () => {
  await using endpoint = await TestEndpoint.start();
  const answer = await fetch(endpoint.url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4');
  assert.equal(await answer.text(), PAGE);
  assert.equal((await fetch(`${endpoint.url}?x=1`)).status, 200);
  assert.equal((await fetch(endpoint.url.replace('/metrics', '/'))).status, 200);
  assert.equal((await fetch(endpoint.url.replace('/metrics', '/other'))).status, 404);
});

test('HEAD is the same without the page', async () => {
  await using endpoint = await TestEndpoint.start();
  const answer = await fetch(endpoint.url, { method: 'HEAD' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-length'), String(PAGE.length));
  assert.equal(await answer.text(), '');
});

test('who has asked may close his half of the connection, like `nc -N`', async () => {
  await using endpoint = await TestEndpoint.start();
  for (const request of [get(), 'GET /metrics HTTP/1.0\r\n\r\n']) {
    assert.match((await endpoint.say(request)).text, new RegExp(`\r\n\r\n${PAGE}$`));
  }
});

test('a page that cannot be made is told of, and the next one comes all the same', async () => {
  await using endpoint = await TestEndpoint.start();
  endpoint.page = () => Promise.reject(new Error('no such map'));
  const answer = await fetch(endpoint.url);
  assert.equal(answer.status, 500);
  assert.equal(await answer.text(), 'the metrics cannot be read: no such map\n');
  endpoint.page = () => PAGE;
  assert.equal(await (await fetch(endpoint.url)).text(), PAGE);
});

test('it listens at an IPv6 address', async () => {
  await using endpoint = await TestEndpoint.start('::1');
  assert.match(endpoint.url, /^http:\/\/\[::1\]:\d+\/metrics$/);
  assert.equal((await fetch(endpoint.url)).status, 200);
});

test('an address in use is a clear error', async () => {
  await using endpoint = await TestEndpoint.start();
  const metrics = { contentType: '', render: async () => '' };
  await assert.rejects(serveMetrics(metrics, '127.0.0.1', endpoint.port), {
    code: 'XS_ERR_METRICS_ADDRESS',
    message: new RegExp(`127\\.0\\.0\\.1:${endpoint.port}: another program listens there`),
  });
});

const named = (host: string) => `GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

test('on loopback a request for the host of another is refused: a page in a browser may have led it here', async () => {
  await using endpoint = await TestEndpoint.start();
  const refused = [
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'localhost.evil',
    '',
    '[evil]',
  ];
  for (const host of refused) {
    const { text } = await endpoint.say(named(host));
    assert.equal(statusOf(text), 421, host);
    assert.doesNotMatch(text, /xdpsentry_/);
  }
  assert.equal(endpoint.made, 0);
  for (const host of [
    '127.0.0.1',
    '127.0.0.1:9731',
    'localhost',
    'LocalHost.:9731',
    '[::1]:9731',
    '192.0.2.1',
  ]) {
    assert.equal(statusOf((await endpoint.say(named(host))).text), 200, host);
  }
});

test('elsewhere a host may have any name', async () => {
  await using endpoint = await TestEndpoint.start('0.0.0.0');
  assert.equal(statusOf((await endpoint.say(named('edge1.example.net:9731'))).text), 200);
});
