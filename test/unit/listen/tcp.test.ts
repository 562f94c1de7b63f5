/** Ports that are listened at, on real sockets: who came is told, the banner is sent to the byte, and nobody stays. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { waitUntil } from '../../support/wait-until.ts';
import { connectTo, freePort, listening } from './listening.ts';

describe('a connection', () => {
  for (const [host, address] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
  ] as const) {
    test(`to ${host} is told of with both addresses and its port`, async (t) => {
      const port = await freePort();
      const { contacts } = await listening(t, { tcp: [port] });
      const { bytes, error } = await connectTo(port, host).closed;
      assert.deepEqual(contacts, [{ protocol: 'tcp', port, address, destination: address }]);
      assert.deepEqual([bytes.length, error], [0, undefined], 'closed without a word');
    });
  }

  const banners = [
    '** UNAUTHORIZED ACCESS PROHIBITED **',
    'no \\n escapes $TARGET$ here',
    'Zugang verboten – née',
    'x'.repeat(1024),
  ];
  for (const banner of banners) {
    test(`gets the banner "${banner.slice(0, 40)}" as it is, and the end`, async (t) => {
      const port = await freePort();
      await listening(t, { tcp: [port], banner });
      const { bytes, error } = await connectTo(port).closed;
      assert.deepEqual([bytes.toString(), error], [banner, undefined]);
    });
  }

  test('is told of before it gets the banner', async (t) => {
    const port = await freePort();
    const { contacts } = await listening(t, { tcp: [port], banner: 'hello' });
    const { socket } = connectTo(port);
    let told: number | undefined;
    socket.once('data', () => {
      told = contacts.length;
    });
    await once(socket, 'close');
    assert.equal(told, 1);
  });

  test('whose peer has much to say gets its banner all the same', async (t) => {
    const port = await freePort();
    await listening(t, { tcp: [port], banner: 'hello' });
    const { socket, closed } = connectTo(port);
    socket.write('x'.repeat(10_000));
    assert.equal((await closed).bytes.toString(), 'hello');
  });

  test('whose peer closes is over, and holds no place', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] }); // nobody is reset meanwhile
    const port = await freePort();
    await listening(t, { tcp: [port], banner: 'hello' });
    for (let count = 0; count < 300; count++) {
      const { socket, closed } = connectTo(port);
      socket.write('what nobody asked for');
      assert.equal((await closed).bytes.toString(), 'hello');
    }
  });

  test('whose peer never closes is reset', async (t) => {
    const port = await freePort();
    const { warnings } = await listening(t, { tcp: [port], banner: 'hello' });
    const { socket, heard, closed } = connectTo(port, '127.0.0.1', true);
    await heard;
    const poking = setInterval(() => socket.write('still here'), 20); // a reset shows to who does something
    t.after(() => clearInterval(poking));
    const { bytes, error } = await closed;
    assert.equal(bytes.toString(), 'hello');
    assert.match(error ?? 'none', /ECONNRESET|EPIPE/);
    assert.deepEqual(warnings, []);
  });
});

describe('many connections at one time', () => {
  test('are all told of; those beyond what is held are closed at once', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] }); // nobody is reset meanwhile
    const port = await freePort();
    const { contacts } = await listening(t, { tcp: [port], banner: 'hello' });
    const peers = Array.from({ length: 300 }, () => connectTo(port, '127.0.0.1', true));
    await waitUntil(() => contacts.length === peers.length);
    await Promise.all(peers.map(({ heard }) => heard));
    for (const { socket } of peers) socket.end();
    const results = await Promise.all(peers.map(({ closed }) => closed));
    const greeted = results.filter(({ bytes }) => bytes.toString() === 'hello').length;
    assert.equal(greeted, 256);
    assert.ok(results.every(({ bytes }) => ['hello', ''].includes(bytes.toString())));
  });

  test('end when the listening does, and the port is free again', async (t) => {
    const port = await freePort();
    const { contacts, close } = await listening(t, { tcp: [port] });
    const peers = Array.from({ length: 10 }, () => connectTo(port, '127.0.0.1', true));
    await waitUntil(() => contacts.length === peers.length);
    await close();
    await Promise.all(peers.map(({ heard }) => heard));
    for (const { socket } of peers) socket.destroy();
    assert.equal((await connectTo(port).closed).error, 'ECONNREFUSED');
  });
});
