import assert from 'node:assert/strict';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { PortSet } from '../../src/values/ports.ts';
import { needs } from '../support/capability.ts';
import { SentryObject } from '../support/sentry-object.ts';

/**
 * A test run takes place on the loopback device of this process's network namespace, so the sockets of this process
 * are those that the program finds.
 */
describe('a port in use', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  /** One that spares served ports from everything. */
  let sparing: SentryObject;
  const open: (() => unknown)[] = [];

  before(() => {
    // Sockets get ephemeral ports here; that rule is tested elsewhere.
    sentry = SentryObject.load({ tunables: { ephemeralFirst: 0, ephemeralLast: 0 } });
    sparing = SentryObject.load({ tunables: { ephemeralFirst: 0, ephemeralLast: 0, spareServed: true } });
    sparing.monitor('TCP', [1, 65_535]);
    sentry.monitor('TCP', [1, 65_535]);
    sentry.monitor('UDP', [1, 65_535]);
    sentry.monitor('SCTP', [1, 65_535]);
    sentry.ignore('192.0.2.99');
  });
  after(async () => {
    for (const close of open.reverse()) await close(); // a server waits for its connections
    sentry?.close();
    sparing?.close();
  });

  const listen = async (host: string): Promise<{ server: Server; port: number }> => {
    const server = createServer();
    open.push(() => closed(server));
    server.listen(0, host);
    await once(server, 'listening');
    return { server, port: (server.address() as AddressInfo).port };
  };

  const bind = async (type: 'udp4' | 'udp6', host: string): Promise<{ socket: UdpSocket; port: number }> => {
    const socket = createSocket(type);
    open.push(() => closed(socket));
    socket.bind(0, host);
    await once(socket, 'listening');
    return { socket, port: socket.address().port };
  };

  const connection = async (server: Server, port: number): Promise<{ client: Socket; served: Socket }> => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.1' });
    const [[served]] = await Promise.all([accepted, once(client, 'connect')]);
    open.push(() => [client, served].map((socket) => socket.destroy()));
    return { client, served };
  };

  /** Loopback addresses as a remote client would have them in its packets. */
  const ip4 = (dst = '127.0.0.1') => eth().ip4({ src: '127.0.0.2', dst });
  const ip6 = () => eth().ip6({ src: '2001:db8:7::7', dst: '::1' });
  const outcomeOf = (packet: Packet) => sentry.run(packet).outcome;

  const listeners = [
    { says: 'an IPv4 listener', host: '127.0.0.1', from: ip4() },
    { says: 'an IPv6 listener', host: '::1', from: ip6() },
    { says: 'a listener on all IPv4 addresses', host: '0.0.0.0', from: ip4() },
    { says: 'a dual-stack listener hit by IPv4', host: '::', from: ip4() },
    { says: 'a dual-stack listener hit by IPv6', host: '::', from: ip6() },
  ];
  for (const { says, host, from } of listeners) {
    it(`${says}: SYN, ACK and FIN+ACK are for it`, async () => {
      const { server, port: dport } = await listen(host);
      for (const flags of ['S', 'A', 'FA', 'PA', 'SEC']) {
        assert.equal(outcomeOf(from.tcp({ dport, flags })), 'PASS_IN_USE', flags);
      }
      await closed(server);
      assert.equal(outcomeOf(from.tcp({ dport, flags: 'S' })), 'PASS_PROBE', 'after it has closed');
      assert.equal(outcomeOf(from.tcp({ dport, flags: 'A' })), 'PASS_PROBE', 'after it has closed');
    });

    it(`${says}: NULL, FIN, XMAS, odd flags and tiny fragments are probes even there`, async () => {
      const { server, port: dport } = await listen(host);
      const kinds = { '': 'NULL', F: 'FIN', FPU: 'XMAS', SF: 'ODD', P: 'ODD' };
      for (const [flags, kind] of Object.entries(kinds)) {
        assert.deepEqual(sentry.run(from.tcp({ dport, flags })).probes, { [`TCP ${kind}`]: 1 });
      }
      assert.equal(outcomeOf(from.tcp({ dport, flags: 'S' })), 'PASS_IN_USE', 'the listener is there');
      await closed(server);
    });

    it(`${says}: where served ports are spared, NULL, FIN, XMAS, odd flags and tiny fragments are for it, too`, async () => {
      const { server, port: dport } = await listen(host);
      const packets = ['S', '', 'F', 'FPU', 'SF', 'P', 'SFA'].map((flags) => from.tcp({ dport, flags }));
      for (const packet of packets) assert.equal(sparing.run(packet).outcome, 'PASS_IN_USE');
      await closed(server);
      for (const packet of packets) assert.equal(sparing.run(packet).outcome, 'PASS_PROBE');
    });

    it(`${says}: answers stay answers`, async () => {
      const { server, port: dport } = await listen(host);
      for (const flags of ['SA', 'R'])
        assert.equal(outcomeOf(from.tcp({ dport, flags })), 'PASS_REPLY', flags);
      await closed(server);
    });
  }

  const receivers = [
    { says: 'an IPv4 socket', type: 'udp4', host: '127.0.0.1', from: ip4() },
    { says: 'an IPv6 socket', type: 'udp6', host: '::1', from: ip6() },
    { says: 'a dual-stack socket hit by IPv4', type: 'udp6', host: '::', from: ip4() },
    { says: 'a dual-stack socket hit by IPv6', type: 'udp6', host: '::', from: ip6() },
  ] as const;
  for (const { says, type, host, from } of receivers) {
    it(`UDP, ${says}: datagrams are for it until it closes`, async () => {
      const { socket, port: dport } = await bind(type, host);
      assert.equal(outcomeOf(from.udp({ dport })), 'PASS_IN_USE');
      await closed(socket);
      assert.deepEqual(sentry.run(from.udp({ dport })).probes, { 'UDP UDP': 1 });
    });
  }

  it('a tiny fragment at a port in use is a probe', async () => {
    const { server, port: dport } = await listen('127.0.0.1');
    const tiny = eth().ip4({ dst: '127.0.0.1', moreFragments: true }).tcp({ dport }).keep(8);
    assert.deepEqual(sentry.run(tiny).probes, { 'TCP FRAGMENT': 1 });
    await closed(server);
  });

  it('a listener on one address does not serve another', async () => {
    const { server, port: dport } = await listen('127.0.0.1');
    assert.equal(outcomeOf(ip4('127.0.0.3').tcp({ dport })), 'PASS_PROBE');
    assert.equal(outcomeOf(ip4('127.0.0.1').tcp({ dport })), 'PASS_IN_USE');
    await closed(server);
  });

  it('a TCP listener does not serve UDP, nor a UDP socket TCP', async () => {
    const { server, port: tcpPort } = await listen('127.0.0.1');
    const { socket, port: udpPort } = await bind('udp4', '127.0.0.4');
    assert.equal(outcomeOf(ip4('127.0.0.4').tcp({ dport: udpPort })), 'PASS_PROBE');
    assert.equal(outcomeOf(ip4('127.0.0.1').udp({ dport: tcpPort })), 'PASS_PROBE');
    await closed(server);
    await closed(socket);
  });

  it('an established connection serves its own pair of addresses and ports, and no other', async () => {
    const { server, port: serverPort } = await listen('127.0.0.1');
    const { client } = await connection(server, serverPort);
    const clientPort = (client.address() as AddressInfo).port;
    server.close(); // only the connection is left

    const toServer = eth().ip4({ src: '127.0.0.1', dst: '127.0.0.1' });
    const data = { flags: 'PA', sport: clientPort, dport: serverPort };
    assert.equal(outcomeOf(toServer.tcp(data)), 'PASS_IN_USE');
    assert.equal(
      outcomeOf(toServer.tcp({ flags: 'A', sport: serverPort, dport: clientPort })),
      'PASS_IN_USE',
    );
    assert.equal(
      outcomeOf(toServer.tcp({ ...data, sport: clientPort ^ 1 })),
      'PASS_PROBE',
      'another source port',
    );
    assert.equal(outcomeOf(ip4().tcp(data)), 'PASS_PROBE', 'another source address');
  });

  it('a connection in TIME_WAIT still serves its stragglers', async () => {
    const { server, port: serverPort } = await listen('127.0.0.1');
    const { client, served } = await connection(server, serverPort);
    const clientPort = (client.address() as AddressInfo).port;
    served.resume();
    client.resume();
    const gone = Promise.all([once(client, 'close'), once(served, 'close')]);
    client.end(); // closes first, and so is the side that waits
    served.end();
    await gone;
    await closed(server);
    const straggler = eth().ip4({ src: '127.0.0.1', dst: '127.0.0.1' });
    const waiting = straggler.tcp({ flags: 'FA', sport: serverPort, dport: clientPort });
    assert.equal(outcomeOf(waiting), 'PASS_IN_USE');
  });

  it('a port that is said to be served is, without a socket: for what a connection sends, and until it is not any more', () => {
    const from = ip4('127.0.0.8');
    const ports = { tcp: PortSet.of([8080]), udp: PortSet.of([8081]), sctp: PortSet.of([3868]) };
    sentry.serve(ports);
    for (const flags of ['S', 'A', 'FA', 'PA'])
      assert.equal(outcomeOf(from.tcp({ dport: 8080, flags })), 'PASS_IN_USE', flags);
    assert.equal(outcomeOf(ip6().tcp({ dport: 8080 })), 'PASS_IN_USE');
    assert.equal(outcomeOf(from.udp({ dport: 8081 })), 'PASS_IN_USE');
    assert.equal(outcomeOf(from.sctp({ dport: 3868 })), 'PASS_IN_USE');
    assert.equal(outcomeOf(from.udp({ dport: 8080 })), 'PASS_PROBE', 'the same port of another protocol');
    assert.equal(outcomeOf(from.tcp({ dport: 8079 })), 'PASS_PROBE', 'the port beside it');
    assert.equal(outcomeOf(from.tcp({ dport: 8080, flags: '' })), 'PASS_PROBE', 'no connection sends that');
    sentry.serve({});
    assert.equal(outcomeOf(ip4('127.0.0.9').tcp({ dport: 8080 })), 'PASS_PROBE');
    assert.equal(outcomeOf(ip4('127.0.0.9').sctp({ dport: 3868 })), 'PASS_PROBE');
  });

  it('a blocked source does not reach a port in use', async () => {
    const { server, port: dport } = await listen('127.0.0.1');
    sentry.block('127.0.0.66');
    assert.equal(
      outcomeOf(eth().ip4({ src: '127.0.0.66', dst: '127.0.0.1' }).tcp({ dport })),
      'DROP_BLOCKED',
    );
    assert.equal(outcomeOf(ip4().tcp({ dport })), 'PASS_IN_USE');
    await closed(server);
  });
});

/** Resolves when the socket has gone, even if it had before. */
function closed(socket: Server | UdpSocket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(() => resolve());
    } catch {
      resolve(); // a closed UDP socket throws
    }
  });
}
