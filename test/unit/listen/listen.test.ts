import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { waitUntil } from '../../support/wait-until.ts';
import { connectTo, freePort, listening, udpPeer } from './listening.ts';

/** Holds the port as another program would, until the test ends. */
async function holdTcp(t: TestContext, port: number, host: string): Promise<void> {
  const server = createServer().listen({ port, host, ipv6Only: true });
  await once(server, 'listening');
  t.after(() => server.close());
}

async function holdUdp(t: TestContext, port: number): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
}

describe('a port that another program holds', () => {
  for (const host of ['0.0.0.0', '127.0.0.1', '::', '::1']) {
    test(`on ${host} is refused, and others are listened at, each under its own number`, async (t) => {
      const ports = [await freePort(), await freePort(), await freePort()].sort((a, b) => a - b);
      await holdTcp(t, ports[0]!, host);
      const { refused, contacts } = await listening(t, { tcp: ports });
      assert.deepEqual(refused, [{ protocol: 'tcp', port: ports[0], reason: 'EADDRINUSE' }]);
      await connectTo(ports[2]!).closed;
      await connectTo(ports[1]!).closed;
      assert.deepEqual(
        contacts.map(({ port }) => port),
        [ports[2], ports[1]],
      );
    });
  }

  test('in one protocol is free in the other; refusals come in the order of ports', async (t) => {
    const [first, second] = [await freePort(), await freePort()].sort((a, b) => a - b) as [number, number];
    await holdUdp(t, first);
    await holdTcp(t, second, '0.0.0.0');
    const { refused, contacts } = await listening(t, { tcp: [first, second], udp: [first, second] });
    assert.deepEqual(
      refused.map(({ protocol, port }) => `${port}/${protocol}`),
      [`${first}/udp`, `${second}/tcp`],
    );
    const { send } = await udpPeer(t);
    send(second, 'x');
    await connectTo(first).closed;
    await waitUntil(() => contacts.length === 2);
    assert.deepEqual(
      contacts.map(({ protocol, port }) => `${port}/${protocol}`).sort(),
      [`${first}/tcp`, `${second}/udp`].sort(),
    );
  });
});

test('hundreds of ports are listened at, each under its own number, and free again afterwards', async (t) => {
  const tcp = Array.from({ length: 600 }, (_, index) => 21_000 + index);
  const first = await listening(t, { tcp });
  const ports = tcp.filter((port) => !first.refused.some((it) => it.port === port));
  assert.ok(ports.length > 500, 'nearly all of them are free on any machine');
  const asked = ports.filter((_, index) => index % 50 === 0);
  for (const port of asked) await connectTo(port).closed;
  assert.deepEqual(
    first.contacts.map(({ port }) => port),
    asked,
  );
  await first.close();
  const second = await listening(t, { tcp });
  assert.deepEqual(second.refused, first.refused);
});

test('no ports, no listeners', async (t) => {
  const { refused, close } = await listening(t, {});
  assert.deepEqual(refused, []);
  await close();
});
