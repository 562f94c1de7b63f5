import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ip4Bytes, ip6Bytes } from '../../scripts/packets/address.ts';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { SentryObject } from '../support/sentry-object.ts';

const RUNS = 2000;
const SHORTEST = 14;
const LONGEST = 3000; // a test run takes no more than a page, less its head and tail room

const BLOCKED4 = '203.0.113.66';
const BLOCKED6 = '2001:db8:66::66';
const BLOCKED6_PREFIX_BYTES = 8; // it is blocked as a /64

const innocent: readonly Packet[] = [
  eth().ip4().tcp(),
  eth().ip4({ ihl: 9 }).udp().bytes(30),
  eth().vlan(5).ip4({ moreFragments: true }).tcp().keep(8),
  eth().qinq(1).vlan(2).ip4({ fragOffset: 3 }).bytes(64),
  eth().ip6().tcp({ flags: 'FPU' }),
  eth().ip6().hopByHop().destOptions(24).routing().udp(),
  eth().vlan(5).ip6().fragment({ more: true }).auth().tcp().keep(30),
  eth()
    .ip6()
    .destOptions()
    .destOptions()
    .destOptions()
    .destOptions()
    .destOptions()
    .destOptions()
    .destOptions()
    .destOptions()
    .tcp(),
  eth({ type: 0x0806 }).bytes(28),
];
const blocked: readonly { packet: Packet /** Behind the source address. */; from: number }[] = [
  { packet: eth().ip4({ src: BLOCKED4 }).tcp().bytes(20), from: 14 + 20 },
  { packet: eth().vlan(5).ip4({ src: BLOCKED4, ihl: 8 }).udp(), from: 18 + 20 },
  { packet: eth().ip6({ src: BLOCKED6 }).hopByHop().tcp(), from: 14 + 40 },
  { packet: eth().qinq(1).vlan(2).ip6({ src: BLOCKED6 }).fragment({ offset: 1 }).bytes(40), from: 22 + 40 },
];

type Mutation =
  | { do: 'set'; at: number; byte: number }
  | { do: 'flip'; at: number; bit: number }
  | { do: 'cut'; at: number }
  | { do: 'insert'; at: number; bytes: Uint8Array }
  | { do: 'remove'; at: number; count: number };

/** Positions as parts of the length, so that one mutation fits packets of all lengths. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ do: fc.constant('set' as const), at: place, byte: fc.nat(255) }),
  fc.record({ do: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ do: fc.constant('cut' as const), at: place }),
  fc.record({ do: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ maxLength: 80 }) }),
  fc.record({ do: fc.constant('remove' as const), at: place, count: fc.integer({ min: 1, max: 40 }) }),
);

/** The packet changed behind its first `from` bytes. */
function mutate(packet: Uint8Array, change: Mutation, from: number): Uint8Array {
  const at = from + Math.floor(change.at * (packet.length - from));
  const head = packet.subarray(0, at);
  switch (change.do) {
    case 'cut':
      return head;
    case 'insert':
      return Uint8Array.from([...head, ...change.bytes, ...packet.subarray(at)]);
    case 'remove':
      return Uint8Array.from([...head, ...packet.subarray(at + change.count)]);
    case 'set':
      return at < packet.length ? packet.with(at, change.byte) : packet;
    case 'flip':
      return at < packet.length ? packet.with(at, packet[at]! ^ (1 << change.bit)) : packet;
  }
}

/** As a packet that the kernel runs a program on. */
function runnable(packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.min(Math.max(packet.length, SHORTEST), LONGEST));
  bytes.set(packet.subarray(0, bytes.length));
  return bytes;
}

const holds = (packet: Uint8Array, bytes: Uint8Array) => Buffer.from(packet).includes(Buffer.from(bytes));

describe('hostile packets', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load({ tunables: { ephemeralFirst: 0, ephemeralLast: 0 } });
    sentry.monitor('TCP', [0, 65_535]);
    sentry.monitor('UDP', [0, 65_535]);
    sentry.block(BLOCKED4);
    sentry.block('2001:db8:66::/64');
  });
  after(() => sentry?.close());

  // That one outcome, and only one, counts each of them with all its bytes is what every run here checks.
  const judge = (packet: Uint8Array) => {
    const run = sentry.run(packet);
    assert.ok(run.verdict === 'PASS' || run.verdict === 'DROP', run.verdict);
    assert.equal(run.verdict === 'DROP', run.outcome.startsWith('DROP_'));
    assert.equal(Object.keys(run.probes).length, run.outcome === 'PASS_PROBE' ? 1 : 0);
    assert.equal(Object.keys(run.ports).length, run.outcome === 'PASS_PROBE' ? 1 : 0);
    return run;
  };

  it('mutated packets pass or are dropped, and only a blocked source is dropped', () => {
    const packets = [...innocent, ...blocked.map(({ packet }) => packet)].map((packet) => packet.build());
    fc.assert(
      fc.property(
        fc.constantFrom(...packets),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        (start, changes) => {
          const packet = runnable(changes.reduce((bytes, change) => mutate(bytes, change, 0), start));
          const { outcome } = judge(packet);
          if (!outcome.startsWith('DROP_')) return;
          assert.equal(outcome, 'DROP_BLOCKED');
          const prefix6 = ip6Bytes(BLOCKED6).slice(0, BLOCKED6_PREFIX_BYTES);
          assert.ok(
            holds(packet, ip4Bytes(BLOCKED4)) || holds(packet, prefix6),
            'its source is in the packet',
          );
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('nothing behind its address saves a blocked source', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...blocked),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        ({ packet, from }, changes) => {
          const changed = changes.reduce((bytes, change) => mutate(bytes, change, from), packet.build());
          assert.equal(judge(runnable(changed)).outcome, 'DROP_BLOCKED');
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('random bytes behind any ethertype pass', () => {
    const ethertype = fc.constantFrom(0x0800, 0x86dd, 0x8100, 0x88a8, 0x9100, 0x0806);
    fc.assert(
      fc.property(ethertype, fc.uint8Array({ maxLength: 300 }), (type, bytes) => {
        assert.equal(judge(eth({ type }).bytes(bytes).build()).verdict, 'PASS');
      }),
      { numRuns: RUNS },
    );
  });

  it('random bytes behind an IP header pass', () => {
    const headers = [
      eth().ip4({ protocol: 6 }),
      eth().ip4({ protocol: 17, ihl: 15 }),
      eth().ip4({ protocol: 6, moreFragments: true }),
    ];
    const numbers = [0, 6, 17, 43, 44, 51, 60, 135, 139, 140];
    const starts = [...headers, ...numbers.map((next) => eth().ip6({ next }))];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 400 }), (start, bytes) => {
        assert.equal(judge(start.bytes(bytes).build()).verdict, 'PASS');
      }),
      { numRuns: RUNS },
    );
  });
});
