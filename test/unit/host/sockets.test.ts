import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, describe, test } from 'node:test';
import { busyPorts } from '../../../src/host/busy-ports.ts';
import { parseSocketTable, servedPorts } from '../../../src/host/sockets.ts';
import { PortSet } from '../../../src/values/ports.ts';

/** As the kernel writes it: a listener at 22, a connection from 22, one to 443, and one that is over. */
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:0016 0100007F:D431 01 00000000:00000000 02:000005F5 00000000     0        0 2 2 0 20 4 30 10 -1
   2: 0100007F:D431 0100007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
   3: 0100007F:0050 0100007F:D432 06 00000000:00000000 03:00000F5A 00000000     0        0 0 3 0
`;
/** IPv6 addresses are longer; columns are the same. */
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:2710 00000000000000000000000000000000:0000 0A 00000000:00000000
  10: 00000000000000000000000001000000:FFFF 00000000000000000000000000000000:0000 0A 00000000:00000000
`;

describe('a socket table', () => {
  for (const [says, text, state, ports] of [
    ['has the local ports of sockets in a state', TCP, '0A', [22]],
    ['has them for others, too', TCP, '01', [22, 54_321]],
    ['of IPv6 is read alike', TCP6, '0A', [10_000, 65_535]],
    ['with a heading only is empty', TCP.slice(0, TCP.indexOf('\n') + 1), '0A', []],
    ['that is not there is empty', '', '0A', []],
  ] as const) {
    test(says, () => assert.deepEqual(parseSocketTable(text, state), ports));
  }
});

describe('ports that are served right now', async () => {
  const server = createServer();
  const datagrams = createSocket('udp4');
  const connected = createSocket('udp4');
  server.listen(0, '127.0.0.1');
  datagrams.bind(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(datagrams, 'listening')]);
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  connected.connect(datagrams.address().port, '127.0.0.1');
  await Promise.all([once(client, 'connect'), once(connected, 'connect')]);
  after(() => {
    for (const socket of [datagrams, connected]) socket.close();
    client.destroy();
    server.close();
  });

  test('are those of listeners, not those of connections', () => {
    const served = servedPorts('tcp');
    assert.equal(served.has(port), true);
    assert.equal(served.has((client.address() as AddressInfo).port), false);
  });

  test('are those of UDP sockets that take datagrams from anybody', () => {
    const served = servedPorts('udp');
    assert.equal(served.has(datagrams.address().port), true);
    assert.equal(served.has(connected.address().port), false);
  });

  test('are busy where they are monitored; refused ones are busy in any case, each in its protocol', () => {
    const free = [1, 2, 3].find((candidate) => !servedPorts('tcp').has(candidate))!;
    const monitored = { tcp: PortSet.of([free, port]), udp: new PortSet() };
    const refused = [
      { protocol: 'tcp', port: 11 },
      { protocol: 'udp', port: 7 },
      { protocol: 'udp', port: 8 },
    ] as const;
    assert.deepEqual(busyPorts(monitored, refused), { tcp: `11,${port}`, udp: '7-8' });
    assert.deepEqual(busyPorts({ tcp: new PortSet(), udp: new PortSet() }, []), { tcp: '', udp: '' });
  });
});
