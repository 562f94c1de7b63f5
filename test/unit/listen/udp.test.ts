import assert from 'node:assert/strict';
import { Socket } from 'node:dgram';
import { describe, test } from 'node:test';
import { waitUntil } from '../../support/wait-until.ts';
import { freePort, listening, udpPeer } from './listening.ts';

describe('a datagram', () => {
  for (const host of ['127.0.0.1', '::1'] as const) {
    test(`from ${host} is told of, even an empty one, and gets the banner as one datagram`, async (t) => {
      const port = await freePort();
      const { contacts } = await listening(t, { udp: [port], banner: 'no – entry\\n' });
      const { received, send } = await udpPeer(t, host);
      send(port, 'x'.repeat(1000));
      send(port, '');
      await waitUntil(() => received.length === 2);
      assert.deepEqual(received.map(String), ['no – entry\\n', 'no – entry\\n']);
      const contact = { protocol: 'udp', port, address: host, destination: '::' };
      assert.deepEqual(contacts, [contact, contact]);
    });
  }

  test('gets no answer without a banner', async (t) => {
    const [silent, speaking] = [await freePort(), await freePort()];
    const { contacts } = await listening(t, { udp: [silent] });
    await listening(t, { udp: [speaking], banner: 'last' });
    const { received, send } = await udpPeer(t);
    send(silent, 'x');
    await waitUntil(() => contacts.length === 1);
    send(speaking, 'x');
    await waitUntil(() => received.length > 0);
    assert.deepEqual(received.map(String), ['last']);
  });

  test('whose sender has no port is told of, and cannot be answered', async (t) => {
    const port = await freePort();
    const bind = t.mock.method(Socket.prototype, 'bind');
    const { contacts } = await listening(t, { udp: [port], banner: 'hello' });
    const socket = bind.mock.calls.at(-1)!.this as Socket;
    // RFC 768 allows it, Linux hands it over, and a socket cannot send it.
    socket.emit('message', Buffer.of(1), { address: '127.0.0.1', family: 'IPv4', port: 0, size: 1 });
    assert.deepEqual(
      contacts.map(({ address }) => address),
      ['127.0.0.1'],
    );
    const { received, send } = await udpPeer(t);
    send(port, 'x');
    await waitUntil(() => received.length === 1);
  });
});

test('ten datagrams a second are answered at each port, and all are told of', async (t) => {
  const [port, other] = [await freePort(), await freePort()];
  let nowMs = 5_000;
  t.mock.method(performance, 'now', () => nowMs);
  const { contacts } = await listening(t, { udp: [port, other], banner: 'hello' });
  const [asking, last] = [await udpPeer(t), await udpPeer(t)];
  /** How many of so many datagrams are answered. */
  const burst = async (count: number) => {
    contacts.length = 0;
    for (let sent = 0; sent < count; sent++) asking.send(port, 'x');
    await waitUntil(() => contacts.length === count);
    last.send(other, 'whose answer comes after all of those');
    await waitUntil(() => last.received.splice(0).length === 1);
    await new Promise(setImmediate);
    return asking.received.splice(0).length;
  };
  assert.equal(await burst(25), 10);
  nowMs += 999;
  assert.equal(await burst(25), 0, 'in the same second');
  nowMs += 1;
  assert.equal(await burst(7), 7);
  assert.equal(await burst(7), 3);
});
