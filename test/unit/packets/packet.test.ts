import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crc32c, internetChecksum } from '../../../scripts/packets/checksum.ts';
import { eth, layer3, type Packet } from '../../../scripts/packets/packet.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const hexOf = (packet: Packet) => hex(packet.build());
/** Hexadecimal text with blanks for the reader. */
const spaced = (text: string) => text.replaceAll(/\s/g, '');
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(spaced(text), 'hex'));

/**
 * True when the Internet checksum in `bytes` fits. Nothing in common with the builder's way: the whole as one big
 * number is a multiple of 65535 exactly when the ones' complement sum of its 16-bit words is 0xffff.
 */
function sumsUp(bytes: Uint8Array): boolean {
  const even = bytes.length % 2 === 0 ? hex(bytes) : `${hex(bytes)}00`;
  return BigInt(`0x${even}`) % 65_535n === 0n;
}

const ip4Pseudo = (ip: Uint8Array, protocol: number) => {
  const segment = ip.slice((ip[0]! & 15) * 4);
  return Uint8Array.from([
    ...ip.slice(12, 20),
    0,
    protocol,
    segment.length >> 8,
    segment.length & 255,
    ...segment,
  ]);
};

const ip6Pseudo = (ip: Uint8Array, protocol: number, extensionBytes = 0) => {
  const segment = ip.slice(40 + extensionBytes);
  const length = [0, 0, segment.length >> 8, segment.length & 255];
  return Uint8Array.from([...ip.slice(8, 40), ...length, 0, 0, 0, protocol, ...segment]);
};

describe('checksums', () => {
  it('reproduces the worked example of RFC 1071', () => {
    assert.equal(internetChecksum(bytesOf('0001 f203 f4f5 f6f7')), 0x220d);
  });

  it('reproduces the check value of CRC-32C', () => {
    assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
  });

  it('agrees with long arithmetic for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 80 }), (bytes) => {
        const even = bytes.length % 2 === 0 ? bytes : bytes.slice(1);
        const sum = internetChecksum(even);
        assert.ok(sumsUp(Uint8Array.from([...even, sum >> 8, sum & 255])));
      }),
    );
  });
});

describe('packets', () => {
  it('makes a SYN byte by byte', () => {
    const syn = eth({ dst: '02:00:00:00:00:01', src: '02:00:00:00:00:02' })
      .ip4({ src: '198.51.100.7', dst: '192.0.2.1', id: 0x1234, ttl: 57 })
      .tcp({ sport: 40_000, dport: 22, seq: 0x01020304, ack: 0x05060708, window: 1024, flags: 'S' });
    const bytes = syn.build();
    assert.equal(hex(bytes.slice(0, 14)), spaced('020000000001 020000000002 0800'));
    assert.equal(hex(bytes.slice(14, 24)), spaced('4500 0028 1234 0000 3906'));
    assert.equal(hex(bytes.slice(26, 34)), spaced('c6336407 c0000201'));
    assert.equal(hex(bytes.slice(34, 50)), spaced('9c40 0016 01020304 05060708 5002 0400'));
    assert.equal(hex(bytes.slice(52)), '0000');
    assert.ok(sumsUp(bytes.slice(14, 34)));
    assert.ok(sumsUp(ip4Pseudo(bytes.slice(14), 6)));
  });

  it('makes the IPv4 header that textbooks work out', () => {
    const udp = layer3().ip4({
      src: '192.168.0.1',
      dst: '192.168.0.199',
      dontFragment: true,
      totalLength: 0x73,
    });
    const bytes = udp.udp().build();
    assert.equal(hex(bytes.slice(0, 20)), spaced('4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7'));
  });

  it('puts tags between Ethernet and IP', () => {
    const tagged = eth().qinq(10).vlan(20).ip4().udp();
    assert.equal(hex(tagged.build().slice(12, 24)), spaced('88a8 000a 8100 0014 0800 4500'));
    assert.equal(hex(eth().qinq(10, 0x9100).vlan(20).ip6().build().slice(12, 23)), '9100000a8100001486dd60');
    assert.equal(hex(eth({ type: 0x0806 }).bytes(2).build().slice(12)), '08065a5a');
  });

  it('counts IPv4 options in the header and in the total', () => {
    const nops = layer3().ip4({ ihl: 7 }).udp().build();
    assert.equal(hex(nops.slice(0, 4)), '47000024');
    assert.equal(hex(nops.slice(20, 28)), '0101010101010101');
    const odd = layer3()
      .ip4({ options: [7, 3, 4] })
      .udp()
      .build();
    assert.equal(hex(odd.slice(0, 4)), '46000020');
    assert.equal(hex(odd.slice(20, 24)), '07030400');
    assert.ok(sumsUp(odd.slice(0, 24)));
  });

  it('writes wrong lengths and numbers as told', () => {
    const wrong = layer3().ip4({ ihl: 3, version: 5, totalLength: 7, protocol: 99 }).udp().build();
    assert.equal(hex(wrong.slice(0, 4)), '53000007');
    assert.equal(wrong[9], 99);
    assert.equal(wrong.length, 28);
    assert.equal(
      hex(layer3().ip6({ version: 4, payloadLength: 9, next: 59 }).udp().build().slice(0, 7)),
      '4000000000093b',
    );
    assert.equal(layer3().ip4().tcp({ doff: 3 }).build()[32], 0x30);
    assert.equal(hex(layer3().ip4().udp({ length: 5 }).build().slice(24, 26)), '0005');
  });

  it('writes fragment offsets in units of 8 bytes', () => {
    assert.equal(
      hex(layer3().ip4({ fragOffset: 3, moreFragments: true }).bytes(8).build().slice(6, 8)),
      '2003',
    );
    assert.equal(
      hexOf(layer3().ip6().fragment({ offset: 3, more: true, reserved: 255, id: 9, next: 6 })).slice(80),
      spaced('06ff 0019 00000009'),
    );
  });

  it('makes an IPv6 packet byte by byte', () => {
    const bytes = layer3()
      .ip6({ src: '2001:db8::1', dst: 'ff02::1', hopLimit: 255 })
      .udp({ sport: 1, dport: 65_535 })
      .build();
    assert.equal(hex(bytes.slice(0, 8)), spaced('60000000 0008 11 ff'));
    assert.equal(
      hex(bytes.slice(8, 40)),
      spaced('20010db8000000000000000000000001 ff020000000000000000000000000001'),
    );
    assert.equal(hex(bytes.slice(40, 46)), spaced('0001 ffff 0008'));
    assert.ok(sumsUp(ip6Pseudo(bytes, 17)));
  });

  it('chains extension headers', () => {
    const chain = layer3().ip6().hopByHop().routing().auth().destOptions(16).tcp().build();
    assert.equal(chain[6], 0);
    assert.equal(hex(chain.slice(40, 48)), spaced('2b00 0104 00000000'));
    assert.equal(hex(chain.slice(48, 56)), spaced('3302 0000 00000000'));
    assert.equal(hex(chain.slice(56, 72)), '20010db8000000000000000000000002');
    assert.equal(hex(chain.slice(72, 84)), spaced('3c040000 00000100 00000001'));
    assert.equal(hex(chain.slice(96, 112)), spaced('0601 010c 000000000000000000000000'));
    assert.equal(chain.length, 40 + 8 + 24 + 24 + 16 + 20);
    assert.equal((chain[4]! << 8) | chain[5]!, chain.length - 40);
    assert.ok(sumsUp(ip6Pseudo(chain, 6, 72)));
  });

  it('fills long options with several paddings', () => {
    const long = layer3().ip6().destOptions(264).build();
    assert.equal(hex(long.slice(40, 44)), '3b2001ff');
    assert.equal(hex(long.slice(42 + 257, 42 + 262)), '0103000000');
    assert.equal(long.length, 40 + 264);
  });

  it('says that nothing follows when nothing does', () => {
    assert.equal(layer3().ip6().build()[6], 59);
    assert.equal(layer3().ip6().bytes(4).build()[6], 253);
    assert.equal(layer3().ip6().ip4().build()[6], 4);
    assert.equal(layer3().ip6().mobility().hip().shim6().build()[6], 135);
  });

  it('reads flags as letters or as the raw byte', () => {
    const flags = (value: string | number) => layer3().ip4().tcp({ flags: value }).build()[33];
    assert.deepEqual(['S', 'F', 'SF', 'FPU', 'A', 'SEC', ''].map(flags), [2, 1, 3, 41, 16, 194, 0]);
    assert.equal(flags(0xff), 255);
    assert.throws(() => flags('X'), RangeError);
  });

  it('counts TCP options in the data offset', () => {
    const bytes = layer3()
      .ip4()
      .tcp({ options: [2, 4, 5, 180, 1] })
      .bytes(3)
      .build();
    assert.equal(bytes[32], 0x70);
    assert.equal(hex(bytes.slice(40, 51)), '020405b4010000005a5a5a');
    assert.ok(sumsUp(ip4Pseudo(bytes, 6)));
  });

  it('sums up ICMP, ICMPv6 and SCTP', () => {
    assert.ok(sumsUp(layer3().ip4().icmp().bytes(5).build().slice(20)));
    assert.ok(sumsUp(ip6Pseudo(layer3().ip6().icmp6().bytes(4).build(), 58)));
    const sctp = layer3().ip4().sctp({ sport: 5, dport: 6 }).build().slice(20);
    const sum = new DataView(sctp.buffer).getUint32(8, true);
    assert.equal(hex(sctp.slice(0, 4)), '00050006');
    assert.equal(sum, crc32c(Uint8Array.from(sctp, (byte, at) => (at >= 8 && at < 12 ? 0 : byte))));
  });

  it('never writes 0 for a UDP checksum', () => {
    const datagram = (filler: number) =>
      layer3()
        .ip4()
        .udp()
        .bytes(Uint8Array.of(filler >> 8, filler & 255));
    const sumOf = (packet: Packet) => (packet.build()[26]! << 8) | packet.build()[27]!;
    // The filler that is the checksum of the datagram without it brings the sum to 0.
    const filler = sumOf(datagram(0));
    assert.equal(sumOf(datagram(filler)), 0xffff);
  });

  it('cuts before lengths are filled in with keep, after with truncate', () => {
    const tiny = eth().ip4({ moreFragments: true }).tcp({ seq: 1 }).keep(8).padTo(60).build();
    assert.equal(tiny.length, 60);
    assert.equal((tiny[16]! << 8) | tiny[17]!, 28);
    assert.equal(hex(tiny.slice(34, 60)), `9c40000b00000001${'00'.repeat(18)}`);
    const cut = eth().ip4().tcp().truncate(42).build();
    assert.equal(cut.length, 42);
    assert.equal((cut[16]! << 8) | cut[17]!, 40);
    assert.deepEqual(eth().ip4().tcp().padTo(20).build(), eth().ip4().tcp().build());
    assert.equal(eth().ip4().tcp().padTo(60, 0xee).build()[59], 0xee);
  });

  it('leaves what it starts from as it was', () => {
    const start = eth().ip4();
    const before = hexOf(start);
    start.tcp().truncate(3);
    assert.equal(hexOf(start), before);
    assert.notEqual(hexOf(start.tcp()), hexOf(start.udp()));
  });

  it('refuses what is no address', () => {
    assert.throws(() => eth().ip4({ src: '2001:db8::1' }), RangeError);
    assert.throws(() => eth().ip6({ src: '192.0.2.1' }), RangeError);
    assert.throws(() => eth({ dst: '02:00' }), RangeError);
    assert.throws(() => eth().ip6().destOptions(12), RangeError);
  });
});
