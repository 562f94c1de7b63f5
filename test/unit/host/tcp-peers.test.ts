import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  addressOf,
  connectionsIn,
  inodeOf,
  readConnections,
  readConnectionsNow,
  type TcpConnection,
} from '../../../src/host/tcp-peers.ts';
import { formatPrefix } from '../../../src/values/prefix.ts';

/** As the kernel writes it: a listener at 22, a connection to it, one to 443, one that is over; then the 123457th line. */
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 016433C6:0016 426433C6:D431 01 00000000:00000000 02:000005F5 00000000     0        0 4711 2 0 20 4 30 10 -1
   2: 016433C6:D431 010200C0:01BB 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
   3: 016433C6:0050 426433C6:D432 06 00000000:00000000 03:00000F5A 00000000     0        0 0 3 0
123456: 016433C6:0016 436433C6:D433 01 00000000:00000000 00:00000000 00000000     0        0 5 1 0 20 4 30 10 -1
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: B80D0120010000000000000001000000:0016 B80D0120660000000000000001000000:D431 01 00000000:00000000 00:00000000 00000000     0        0 6 1
   2: 0000000000000000FFFF0000016433C6:0016 0000000000000000FFFF0000426433C6:D431 01 00000000:00000000 00:00000000 00000000     0        0 7 1
`;
const brief = (found: readonly TcpConnection[]) =>
  found.map((it) => [formatPrefix(addressOf(it.remote)), it.localPort, Number(inodeOf(it))]);

describe('a table of TCP connections', () => {
  test('of IPv4 has the other ends of established ones', () => {
    assert.deepEqual(brief(connectionsIn(TCP).connections), [
      ['198.51.100.66', 22, 4711],
      ['192.0.2.1', 54_321, 3],
      ['198.51.100.67', 22, 5],
    ]);
  });
  test('has those that were closed a moment ago', () => {
    const justNow = (when: string) => connectionsIn(TCP.replace('03:00000F5A', `03:${when}`)).over;
    const ends = { remote: '426433C6', remotePort: 0xd432, localPort: 80 };
    assert.deepEqual(justNow('00001770'), [ends], '60 s are left of its minute');
    assert.deepEqual(justNow('0000157C'), [ends], '55 s');
    assert.deepEqual(justNow('0000157B'), []);
    assert.deepEqual(connectionsIn(TCP).over, []);
  });
  test('of IPv6 has IPv4 ones, too', () => {
    assert.deepEqual(brief(connectionsIn(TCP6).connections), [
      ['2001:db8:0:66::1', 22, 6],
      ['198.51.100.66', 22, 7],
    ]);
  });
  test('may be cut anywhere: there is no half a connection', () => {
    fc.assert(
      fc.property(fc.nat(TCP6.length), (length) => {
        const start = TCP6.slice(0, length);
        const lines = start.slice(0, start.lastIndexOf('\n') + 1);
        assert.deepEqual(connectionsIn(start), connectionsIn(lines));
        assert.ok(connectionsIn(start).connections.every(({ remote }) => remote.length === 32));
      }),
    );
  });
});

describe('connections of this host', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  await once(client, 'connect');
  after(() => {
    client.destroy();
    server.close();
  });
  const isOurs = ({ localPort, remote }: TcpConnection) =>
    localPort === port && formatPrefix(addressOf(remote)) === '127.0.0.1';

  test('are found at once', () => assert.ok(readConnectionsNow().connections.some(isOurs)));
  test('are found in portions', async () => {
    const found: TcpConnection[] = [];
    for await (const portion of readConnections()) found.push(...portion.connections);
    assert.ok(found.some(isOurs));
  });
});
