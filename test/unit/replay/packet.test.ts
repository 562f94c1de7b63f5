import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { eth, type Packet, tagged } from '../../../scripts/packets/packet.ts';
import { addressText } from '../../../src/replay/address.ts';
import { readPacket } from '../../../src/replay/packet.ts';

const ends4 = { src: '198.51.100.9', dst: '203.0.113.1' };
const ends6 = { src: '2001:db8::9', dst: '2001:db8::1' };
const tcp = { sport: 40_000, dport: 22, flags: 'SA', seq: 0xffff_fff0, ack: 0x8000_0001 };
const ports = { sourcePort: 40_000, port: 22 };
const readTcp = { protocol: 'tcp', ...ports, flags: 0x12, sequence: 0xffff_fff0, acknowledged: 0x8000_0001 };

const seen = (packet: Packet) => {
  const read = readPacket(packet.build());
  return (
    read && { src: addressText(read.source), dst: addressText(read.destination), transport: read.transport }
  );
};

describe('a packet of a capture', () => {
  for (const [says, begin] of [
    ['Ethernet', eth()],
    ['a VLAN tag', eth().vlan(5)],
    ['two tags', eth().qinq(7).vlan(5)],
    ['nine priority tags', tagged(9, 0)],
  ] as const) {
    test(`in ${says}, IPv4 and IPv6, TCP and UDP`, () => {
      assert.deepEqual(seen(begin.ip4(ends4).tcp(tcp)), { ...ends4, transport: readTcp });
      assert.deepEqual(seen(begin.ip6(ends6).tcp(tcp)), { ...ends6, transport: readTcp });
      const udp = { protocol: 'udp', ...ports, isResolvers: false };
      assert.deepEqual(seen(begin.ip4(ends4).udp({ sport: 40_000, dport: 22 })), {
        ...ends4,
        transport: udp,
      });
      assert.deepEqual(seen(begin.ip6(ends6).udp({ sport: 40_000, dport: 22 })), {
        ...ends6,
        transport: udp,
      });
    });
  }

  test('behind extension headers', () => {
    const packet = eth().ip6(ends6).hopByHop().destOptions(24).routing().auth().fragment().tcp(tcp);
    assert.deepEqual(seen(packet), { ...ends6, transport: readTcp });
  });

  test('of another protocol, or a later fragment, has no ports', () => {
    assert.deepEqual(seen(eth().ip4(ends4).icmp()), { ...ends4, transport: undefined });
    assert.deepEqual(
      seen(
        eth()
          .ip4({ ...ends4, fragOffset: 8 })
          .tcp(tcp),
      ),
      { ...ends4, transport: undefined },
    );
    assert.deepEqual(seen(eth().ip6(ends6).fragment({ offset: 8 }).tcp(tcp)), {
      ...ends6,
      transport: undefined,
    });
  });

  test('that is none is none', () => {
    assert.equal(seen(eth({ type: 0x0806 }).bytes(28)), undefined);
    assert.equal(seen(tagged(65).ip4().tcp()), undefined);
  });

  test('of whatever bytes, cut wherever it is: something or nothing, and no error', () => {
    const types = fc.constantFrom(0x0800, 0x86dd, 0x8100, 0x88a8, 0x9100);
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 120 }), (type, rest) => {
        const read = readPacket(eth({ type }).bytes(rest).build());
        const ports = read?.transport ? [read.transport.port, read.transport.sourcePort] : [];
        assert.ok(ports.every((port) => port >= 0 && port <= 65_535));
      }),
      { numRuns: 500 },
    );
  });
});
