import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { type Case, cases, families } from '../support/sentry-object/cases.ts';
import type { PortRange } from '../support/sentry-object/tables.ts';
import { SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');

describe('monitored ports', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
  });
  after(() => sentry?.close());

  /** True when a packet to the port is taken as one to a monitored port, whatever then becomes of it. */
  const watched = (protocol: 'TCP' | 'UDP', dport: number, ip = families[0].ip): boolean => {
    const packet = protocol === 'TCP' ? ip(eth()).tcp({ dport }) : ip(eth()).udp({ dport });
    return sentry.run(packet).outcome !== 'PASS_NOT_MONITORED';
  };

  const bounds: readonly { range: PortRange; inside: number[]; outside: number[] }[] = [
    { range: [100, 200], inside: [100, 101, 127, 128, 199, 200], outside: [0, 99, 201, 356, 65_535] },
    { range: 0, inside: [0], outside: [1, 63, 64, 65_535] },
    { range: 63, inside: [63], outside: [0, 62, 64, 127] },
    { range: 64, inside: [64], outside: [0, 63, 65, 128] },
    { range: [1, 1024], inside: [1, 63, 64, 1023, 1024], outside: [0, 1025, 65_535] },
    { range: 65_535, inside: [65_535], outside: [0, 65_534, 32_767] },
    { range: 65_472, inside: [65_472], outside: [65_471, 65_473, 65_535] },
    { range: [0, 65_535], inside: [0, 1, 255, 256, 32_768, 65_535], outside: [] },
  ];

  for (const { range, inside, outside } of bounds) {
    for (const protocol of ['TCP', 'UDP'] as const) {
      const other = protocol === 'TCP' ? 'UDP' : 'TCP';
      for (const { family, ip } of families) {
        it(`${family}: ${protocol} ${String(range)} is watched, its neighbours and ${other} are not`, () => {
          sentry.monitor(protocol, range);
          for (const port of inside) assert.equal(watched(protocol, port, ip), true, `${protocol} ${port}`);
          for (const port of outside) assert.equal(watched(protocol, port, ip), false, `${protocol} ${port}`);
          for (const port of inside) assert.equal(watched(other, port, ip), false, `${other} ${port}`);
          sentry.unmonitor(protocol, range);
          for (const port of inside)
            assert.equal(watched(protocol, port, ip), false, `${protocol} ${port} later`);
        });
      }
    }
  }

  it('looks at the destination port only', () => {
    sentry.monitor('TCP', 100);
    assert.equal(sentry.run(eth().ip4().tcp({ sport: 100, dport: 101 })).outcome, 'PASS_NOT_MONITORED');
    assert.equal(sentry.run(eth().ip4().tcp({ sport: 101, dport: 100 })).outcome, 'PASS_PROBE');
    sentry.unmonitor('TCP', 100);
  });

  it('counts each port apart, in both protocols', () => {
    sentry.monitor('TCP', 0, 63, 65_535);
    sentry.monitor('UDP', 0, 63, 65_535);
    for (const dport of [0, 63, 65_535]) {
      assert.deepEqual(sentry.run(eth().ip4().tcp({ dport, flags: '' })).ports, { [`TCP ${dport}`]: 1 });
      assert.deepEqual(sentry.run(eth().ip4({ moreFragments: true }).udp({ dport }).keep(4)).ports, {
        [`UDP ${dport}`]: 1,
      });
    }
  });
});

describe('the ephemeral ports of the host', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load({ tunables: { ephemeralFirst: 5000, ephemeralLast: 6000 } });
    sentry.monitor('TCP', [0, 65_535]);
    sentry.monitor('UDP', [0, 65_535]);
  });
  after(() => sentry?.close());

  // Within the range: what a late answer could be. Beside it, and for what no answer could be: a probe.
  const table: Case[] = families.flatMap(({ family, ip }) =>
    [4999, 5000, 5500, 6000, 6001].flatMap((dport): Case[] => {
      const inside = dport >= 5000 && dport <= 6000;
      const late = (says: string, packet: Case['packet'], kind: string): Case =>
        inside
          ? { says: `${family}: ${says} at ${dport} may be a late answer`, packet, outcome: 'PASS_EPHEMERAL' }
          : {
              says: `${family}: ${says} at ${dport}`,
              packet,
              outcome: 'PASS_PROBE',
              probe: kind,
              port: dport,
            };
      const always = (says: string, packet: Case['packet'], kind: string): Case => ({
        says: `${family}: ${says} at ${dport} answers nothing`,
        packet,
        outcome: 'PASS_PROBE',
        probe: kind,
        port: dport,
      });
      return [
        late('an ACK', ip(eth()).tcp({ dport, flags: 'A' }), 'TCP ACK'),
        late('a FIN+ACK', ip(eth()).tcp({ dport, flags: 'FA' }), 'TCP MAIMON'),
        late('a datagram', ip(eth()).udp({ dport }), 'UDP UDP'),
        always('a SYN', ip(eth()).tcp({ dport, flags: 'S' }), 'TCP SYN'),
        always('a FIN', ip(eth()).tcp({ dport, flags: 'F' }), 'TCP FIN'),
        always('a segment without flags', ip(eth()).tcp({ dport, flags: '' }), 'TCP NULL'),
        always('a Christmas tree', ip(eth()).tcp({ dport, flags: 'FPU' }), 'TCP XMAS'),
        always('SYN+FIN', ip(eth()).tcp({ dport, flags: 'SF' }), 'TCP ODD'),
      ];
    }),
  );
  cases(() => sentry, table);
});

describe('a host without ephemeral ports', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load({ tunables: { ephemeralFirst: 0, ephemeralLast: 0 } });
    sentry.monitor('TCP', 0, 11);
  });
  after(() => sentry?.close());

  cases(
    () => sentry,
    [0, 11].map((dport) => ({
      says: `an ACK at ${dport} is a probe`,
      packet: eth().ip4().tcp({ dport, flags: 'A' }),
      outcome: 'PASS_PROBE',
      probe: 'TCP ACK',
      port: dport,
    })),
  );
});

describe('packets to a group', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
    sentry.monitor('UDP', 11);
  });
  after(() => sentry?.close());

  const group = (says: string, packet: Case['packet']): Case => ({
    says,
    packet,
    outcome: 'PASS_NOT_UNICAST',
  });
  const probe = (says: string, packet: Case['packet']): Case => ({
    says,
    packet,
    outcome: 'PASS_PROBE',
    probe: 'UDP UDP',
  });

  cases(
    () => sentry,
    [
      ...families.flatMap(({ family, ip }) => [
        group(`${family}: the broadcast MAC address`, ip(eth({ dst: 'ff:ff:ff:ff:ff:ff' })).udp()),
        group(`${family}: a multicast MAC address`, ip(eth({ dst: '01:00:5e:00:00:01' })).udp()),
        group(`${family}: a SYN to a multicast MAC address`, ip(eth({ dst: '33:33:00:00:00:01' })).tcp()),
        probe(
          `${family}: a locally administered MAC address is none`,
          ip(eth({ dst: 'fe:ff:ff:ff:ff:ff' })).udp(),
        ),
      ]),
      group('255.255.255.255', eth().ip4({ dst: '255.255.255.255' }).udp()),
      group('224.0.0.1', eth().ip4({ dst: '224.0.0.1' }).udp()),
      group('239.255.255.250', eth().ip4({ dst: '239.255.255.250' }).udp()),
      group('240.0.0.1 is reserved', eth().ip4({ dst: '240.0.0.1' }).udp()),
      probe('223.255.255.255 is unicast', eth().ip4({ dst: '223.255.255.255' }).udp()),
      group('ff02::1', eth().ip6({ dst: 'ff02::1' }).udp()),
      group('ff0e::1', eth().ip6({ dst: 'ff0e::1' }).udp()),
      probe('fe80::1 is unicast', eth().ip6({ dst: 'fe80::1' }).udp()),
      {
        says: 'a port that is not watched is said first',
        packet: eth().ip4({ dst: '224.0.0.1' }).udp({ dport: 12 }),
        outcome: 'PASS_NOT_MONITORED',
      },
    ],
  );
});
