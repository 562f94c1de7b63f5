import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Carrier, carriers, ipv4 } from '../../../../scripts/eval/traffic/carriers.ts';
import {
  fragmentedProbe,
  protocolProbe,
  sctpProbe,
  tcpProbe,
  udpProbe,
} from '../../../../scripts/eval/traffic/probes.ts';
import { nmap } from '../../../../scripts/eval/traffic/tools.ts';
import { piecesOf } from '../../../../scripts/packets/fragments.ts';
import { Random } from '../../../../scripts/packets/random.ts';
import { fieldsOf } from '../../../support/fields.ts';

const ends = {
  4: { src: '203.0.113.66', dst: '198.51.100.1' },
  6: { src: '2001:db8:66::66', dst: '2001:db8:1::1' },
};
const probeOf = ({ family }: Carrier, flags = 'S', port = 80) =>
  nmap(new Random(3))({ ...ends[family], port, flags });
const fields = (frames: readonly (readonly [number, Uint8Array])[]) =>
  frames.map(([, frame]) => fieldsOf(frame));

const expected: Readonly<Record<string, readonly [tags: number[], extensions: number[]]>> = {
  VLAN: [[5], []],
  QinQ: [[10, 20], []],
  'hop-by-hop': [[], [0]],
  'destination options': [[], [60]],
  'three headers': [[], [0, 43, 60]],
};

for (const carrier of carriers) {
  describe(`over ${carrier.name}`, () => {
    const [tags, extensions] = expected[carrier.name.split(', ')[1] ?? ''] ?? [[], []];

    test('a SYN is behind the headers that the name says, and a closed port refuses it', () => {
      const [probe, answer] = fields(tcpProbe(carrier, probeOf(carrier)));
      assert.deepEqual(probe!.tags, tags);
      assert.deepEqual(probe!.extensions, extensions);
      assert.deepEqual(
        [probe!.family, probe!.protocol, probe!.dport, probe!.flags],
        [carrier.family, 6, 80, 2],
      );
      assert.deepEqual([answer!.flags, answer!.ack, answer!.sport], [0x14, (probe!.seq + 1) >>> 0, 80]);
      assert.deepEqual([answer!.source, answer!.destination], [probe!.destination, probe!.source]);
    });

    test('fragments have eight bytes each, the flags not in the first, and are the probe when put together', () => {
      const all = fields(fragmentedProbe(carrier, probeOf(carrier)));
      const pieces = all.filter(({ offset, more }) => offset > 0 || more);
      assert.deepEqual(
        pieces.map(({ offset }) => offset),
        [0, 1, 2],
      );
      assert.deepEqual(
        pieces.map(({ more }) => more),
        [true, true, false],
      );
      assert.equal(new Set(pieces.map(({ id }) => id)).size, 1);
      for (const { payload, protocol, tags: own } of pieces) {
        assert.equal(payload.length, 8);
        assert.equal(protocol, 6);
        assert.deepEqual(own, tags);
      }
      const [whole] = fields(tcpProbe(carrier, probeOf(carrier)));
      assert.deepEqual(Buffer.concat(pieces.map(({ payload }) => payload)), whole!.payload);
    });

    test('UDP, IP protocols and SCTP say so, and are told that nobody is there', () => {
      const ip = ends[carrier.family];
      const [udp, refused] = fields(udpProbe(carrier, ip, { sport: 5000, dport: 161 }));
      assert.deepEqual([udp!.protocol, udp!.dport, udp!.payload.length], [17, 161, 8]);
      const icmp = carrier.family === 4 ? [1, 3, 3] : [58, 1, 4];
      assert.deepEqual([refused!.protocol, refused!.payload[0], refused!.payload[1]], icmp);
      const [protocol] = fields(protocolProbe(carrier, ip, 200));
      assert.deepEqual([protocol!.protocol, protocol!.payload.length], [200, 0]);
      for (const [chunk, type] of [
        ['init', 1],
        ['cookieEcho', 10],
      ] as const) {
        const [sctp] = fields(sctpProbe(carrier, ip, { sport: 5000, dport: 2905, chunk }));
        assert.deepEqual([sctp!.protocol, sctp!.dport, sctp!.payload[12]], [132, 2905, type]);
      }
    });
  });
}

test('an open port answers a SYN, and the scanner takes that back; to an ACK it says RST; to FIN nothing', () => {
  const flags = (kind: string) =>
    fields(tcpProbe(ipv4, probeOf(ipv4, kind, 22))).map(({ flags: set }) => set);
  assert.deepEqual(flags('S'), [0x02, 0x12, 0x04]);
  assert.deepEqual(flags('A'), [0x10, 0x04]);
  assert.deepEqual(flags('F'), [0x01]);
  assert.deepEqual(flags('SR'), [0x06]);
});

test('a fragment is a multiple of eight bytes', () => {
  assert.throws(() => piecesOf(new Uint8Array(20), 12), RangeError);
  assert.deepEqual(
    piecesOf(new Uint8Array(20), 16).map(({ offset, more, bytes }) => [offset, more, bytes.length]),
    [
      [0, true, 16],
      [2, false, 4],
    ],
  );
});
