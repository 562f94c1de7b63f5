import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { bootTimeNs, interfaceIndex } from 'bpf-loader-native';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { eventFlag } from '../../src/kernel/wire.generated.ts';
import { needs } from '../support/capability.ts';
import { SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');

describe('the event of a probe', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', [1, 20_000]);
    sentry.monitor('UDP', [1, 20_000]);
  });
  after(() => sentry?.close());
  beforeEach(() => sentry.forgetSources());

  const told: readonly { says: string; packet: Packet; event: object }[] = [
    {
      says: 'IPv4, TCP',
      packet: eth()
        .ip4({ src: '203.0.113.7', dst: '192.0.2.9', id: 0xd431, ttl: 241 })
        .tcp({
          sport: 0x1234,
          dport: 0x0bcd,
          flags: 'FPUEC',
          seq: 0xfedc_ba98,
          window: 0x0401,
          options: [2, 4, 5, 0xb4],
        }),
      event: {
        saddr: '203.0.113.7',
        daddr: '192.0.2.9',
        family: 4,
        sourceBits: 32,
        sport: 0x1234,
        dport: 0x0bcd,
        proto: 'TCP',
        kind: 'XMAS',
        kinds: ['XMAS'],
        tcpFlags: 0xe9,
        ipId: 0xd431,
        ttl: 241,
        tcpSeq: 0xfedc_ba98,
        tcpWindow: 0x0401,
        tcpHeader: 24,
      },
    },
    {
      says: 'IPv4, UDP',
      packet: eth()
        .vlan(5)
        .ip4({ src: '203.0.113.7', dst: '192.0.2.9', ihl: 15, id: 54_321, ttl: 1 })
        .udp({ sport: 65_535, dport: 1 }),
      event: {
        saddr: '203.0.113.7',
        daddr: '192.0.2.9',
        family: 4,
        sourceBits: 32,
        sport: 65_535,
        dport: 1,
        proto: 'UDP',
        kind: 'UDP',
        kinds: ['UDP'],
        tcpFlags: 0,
        flags: eventFlag.EVENT_IP_OPTIONS,
        ipId: 54_321,
        ttl: 1,
      },
    },
    {
      says: 'IPv6, TCP',
      packet: eth()
        .ip6({ src: '2001:db8:1:2:3:4:5:6', dst: '2001:db8::9', hopLimit: 55 })
        .hopByHop()
        .tcp({ sport: 0, dport: 256, flags: 'SEC', seq: 7, window: 65_535 }),
      event: {
        saddr: '2001:db8:1:2:3:4:5:6',
        daddr: '2001:db8::9',
        family: 6,
        sourceBits: 64,
        sport: 0,
        dport: 256,
        proto: 'TCP',
        kind: 'SYN',
        kinds: ['SYN'],
        tcpFlags: 0xc2,
        ttl: 55,
        tcpSeq: 7,
        tcpWindow: 65_535,
        tcpHeader: 20,
      },
    },
    {
      says: 'IPv6, UDP from a neighbour',
      packet: eth().ip6({ src: 'fe80::7', dst: 'fe80::9' }).udp({ sport: 53, dport: 19_999 }),
      event: {
        saddr: 'fe80::7',
        daddr: 'fe80::9',
        family: 6,
        sourceBits: 128,
        sport: 53,
        dport: 19_999,
        proto: 'UDP',
        kind: 'UDP',
        kinds: ['UDP'],
        tcpFlags: 0,
      },
    },
    {
      says: 'a tiny fragment',
      packet: eth()
        .ip4({ src: '203.0.113.7', dst: '192.0.2.9', moreFragments: true })
        .tcp({ sport: 7, dport: 9, flags: 'S' })
        .keep(16),
      event: {
        saddr: '203.0.113.7',
        daddr: '192.0.2.9',
        family: 4,
        sourceBits: 32,
        sport: 7,
        dport: 9,
        proto: 'TCP',
        kind: 'FRAGMENT',
        kinds: ['FRAGMENT'],
        tcpFlags: 0,
      },
    },
  ];

  for (const { says, packet, event } of told) {
    it(`tells everything: ${says}`, () => {
      const before = bootTimeNs();
      const { events } = sentry.run(packet);
      const end = bootTimeNs();
      assert.equal(events.length, 1);
      const { tsNs, firstNs, ...rest } = events[0]!;
      assert.ok(before <= tsNs && tsNs <= end);
      assert.equal(firstNs, tsNs);
      const ifindex = interfaceIndex('lo');
      const first = { blockedNs: 0n, probes: 1n, portCount: 1, rule: 0, flags: 0, ifindex };
      const traits = { ttl: 64, ipId: 0, tcpSeq: 0, tcpWindow: 0, tcpHeader: 0 };
      assert.deepEqual(rest, { ...first, ...traits, ...event });
    });
  }

  it('tells of IPv4 options', () => {
    const flags = (ihl: number) => sentry.run(eth().ip4({ ihl }).tcp()).events[0]?.flags;
    assert.deepEqual([5, 6, 15].map(flags), [0, eventFlag.EVENT_IP_OPTIONS, eventFlag.EVENT_IP_OPTIONS]);
  });

  it('tells the story so far', () => {
    const story = [
      { dport: 11, flags: 'F' },
      { dport: 12, flags: 'F' },
      { dport: 12, flags: '' },
      { dport: 13, flags: 'SF' },
    ].map((fields) => {
      const [event] = sentry.run(eth().ip4().tcp(fields)).events;
      return [event!.probes, event!.portCount, event!.kind, event!.kinds.join(' ')];
    });
    assert.deepEqual(story, [
      [1n, 1, 'FIN', 'FIN'],
      [2n, 2, 'FIN', 'FIN'],
      [3n, 2, 'NULL', 'FIN NULL'],
      [4n, 3, 'ODD', 'FIN NULL ODD'],
    ]);
  });

  it('agrees with what is remembered', () => {
    for (let dport = 100; dport < 130; dport++) {
      const { events } = sentry.run(eth().ip4().tcp({ dport, flags: '' }));
      const source = sentry.source('198.51.100.7')!;
      assert.deepEqual(
        [events[0]!.probes, events[0]!.portCount, events[0]!.tsNs],
        [source.probes, source.portCount, source.lastNs],
      );
    }
  });
});

describe('a ring that nobody reads', { skip }, () => {
  const PROBES = 1000; // more than the ring of 64 KiB holds

  it('keeps the first events, counts the rest as lost, and goes on once it is read', () => {
    using sentry = SentryObject.load({ tunables: { eventsMax: 0xffff_ffff } });
    sentry.monitor('TCP', 11);
    const syn = (index: number) =>
      eth()
        .ip4({ src: `198.18.${index >> 8}.${index & 255}` })
        .tcp({ flags: '' });
    let lost = 0;
    for (let index = 0; index < PROBES; index++) {
      const run = sentry.run(syn(index), { leaveEvents: true });
      assert.deepEqual(
        { outcome: run.outcome, probes: run.probes },
        { outcome: 'PASS_PROBE', probes: { 'TCP NULL': 1 } },
      );
      // Once full, it stays full.
      assert.deepEqual(run.lost, lost > 0 || run.lost.RING_FULL ? { RING_FULL: 1 } : {});
      lost += run.lost.RING_FULL ?? 0;
    }
    const events = sentry.takeEvents();
    assert.ok(lost > 0 && events.length > 0);
    assert.equal(events.length + lost, PROBES);
    assert.deepEqual(
      events.map((event) => event.saddr),
      events.map((_, index) => `198.18.${index >> 8}.${index & 255}`),
    );
    const again = sentry.run(syn(PROBES));
    assert.deepEqual([again.events.length, again.lost], [1, {}]);
  });
});
