import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { bootTimeNs } from 'bpf-loader-native';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { kind, origin } from '../../src/kernel/wire.generated.ts';
import { needs } from '../support/capability.ts';
import type { KindName } from '../support/sentry-object/names.ts';
import { SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');
const MINUTE_NS = 60_000_000_000n;
const RULE = 7;
const V4 = { src: '203.0.113.66' };
const V6 = { src: '2001:db8:66::1' };

const kinds = Object.keys(kind).filter((name) => name !== 'MAX') as KindName[];
const sample: Record<KindName, Packet> = {
  SYN: eth().ip4(V4).tcp({ flags: 'S' }),
  FIN: eth().ip4(V4).tcp({ flags: 'F' }),
  NULL: eth().ip4(V4).tcp({ flags: '' }),
  XMAS: eth().ip4(V4).tcp({ flags: 'FPU' }),
  MAIMON: eth().ip4(V4).tcp({ flags: 'FA' }),
  ACK: eth().ip4(V4).tcp({ flags: 'A' }),
  ODD: eth().ip4(V4).tcp({ flags: 'SF' }),
  ODD_REPLY: eth().ip4(V4).tcp({ flags: 'SFA' }),
  UDP: eth().ip4(V4).udp(),
  FRAGMENT: eth()
    .ip4({ ...V4, moreFragments: true })
    .tcp()
    .keep(8),
  SCTP: eth().ip4(V4).sctp(),
  PROTOCOL: eth().ip4({ ...V4, protocol: 11 }),
  PING: eth().ip4(V4).icmp(),
};

describe('instant rules', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
    sentry.monitor('UDP', 11);
    sentry.monitor('SCTP', 11);
    sentry.monitor('IP', 11);
    sentry.monitor('ICMP', 8);
  });
  after(() => sentry?.close());
  beforeEach(() => {
    sentry.forgetSources();
    sentry.liftAll();
    for (const name of kinds) sentry.noInstant(name);
  });

  for (const name of kinds) {
    it(`${name}: the probe passes, whatever comes next is dropped`, () => {
      sentry.instant(name, RULE, MINUTE_NS);
      const before = bootTimeNs();
      const first = sentry.run(sample[name]);
      const end = bootTimeNs();
      assert.equal(first.outcome, 'PASS_PROBE');
      assert.equal(first.events.length, 1);
      const [event] = first.events;
      const block = sentry.blockOf(V4.src)!;
      assert.equal(event!.kind, name);
      assert.equal(event!.rule, RULE);
      assert.ok(before <= event!.tsNs && event!.tsNs <= event!.blockedNs && event!.blockedNs <= end);
      assert.deepEqual(block, {
        addedNs: event!.tsNs,
        expiresNs: event!.tsNs + MINUTE_NS,
        lastSeenNs: 0n,
        packets: 0n,
        bytes: 0n,
        rule: RULE,
        origin: origin.LOCAL,
      });
      for (const other of kinds) assert.equal(sentry.run(sample[other]).outcome, 'DROP_BLOCKED', other);
      assert.equal(sentry.run(eth().ip4(V4).icmp()).outcome, 'DROP_BLOCKED');
      assert.equal(sentry.blockOf(V4.src)?.packets, BigInt(kinds.length + 1));
    });

    it(`${name}: a rule for it in the other protocol does nothing`, () => {
      sentry.instant(name, RULE, MINUTE_NS, [name === 'UDP' ? 'TCP' : 'UDP']);
      assert.equal(sentry.run(sample[name]).events[0]?.blockedNs, 0n);
      assert.equal(sentry.blockOf(V4.src), undefined);
    });

    it(`${name}: a rule for it says nothing of other kinds`, () => {
      sentry.instant(name, RULE, MINUTE_NS);
      for (const other of kinds.filter((candidate) => candidate !== name)) {
        const run = sentry.run(sample[other]);
        assert.equal(run.outcome, 'PASS_PROBE', other);
        assert.deepEqual([run.events[0]?.blockedNs, run.events[0]?.rule], [0n, 0], other);
      }
      assert.equal(sentry.blockOf(V4.src), undefined);
    });
  }

  it('without a rule nobody is blocked', () => {
    for (const name of kinds) sentry.run(sample[name]);
    assert.equal(sentry.blockOf(V4.src), undefined);
  });

  it('a duration of 0 blocks until it is lifted', () => {
    sentry.instant('SYN', RULE, 0n);
    sentry.run(sample.SYN);
    assert.equal(sentry.blockOf(V4.src)?.expiresNs, 0n);
    assert.equal(sentry.run(sample.SYN).outcome, 'DROP_BLOCKED');
  });

  it('a block that has run out is set anew by the next probe', () => {
    sentry.instant('SYN', RULE, MINUTE_NS);
    sentry.block(V4.src, { expiresNs: bootTimeNs() - 1n, packets: 5n, rule: 1 });
    const run = sentry.run(sample.SYN);
    assert.equal(run.outcome, 'PASS_PROBE');
    const { expiresNs, packets, rule } = sentry.blockOf(V4.src)!;
    assert.deepEqual(
      { expiresNs, packets, rule },
      { expiresNs: run.events[0]!.tsNs + MINUTE_NS, packets: 0n, rule: RULE },
    );
    assert.equal(sentry.run(sample.SYN).outcome, 'DROP_BLOCKED');
  });

  it('only probes count: a port that nobody watches, an answer, a later fragment block nobody', () => {
    for (const name of kinds) sentry.instant(name, RULE, MINUTE_NS);
    sentry.run(eth().ip4(V4).tcp({ dport: 12 }));
    sentry.run(eth().ip4(V4).tcp({ flags: 'SA' }));
    sentry.run(
      eth()
        .ip4({ ...V4, fragOffset: 1 })
        .bytes(40),
    );
    sentry.run(
      eth()
        .ip4({ ...V4, dst: '255.255.255.255' })
        .udp(),
    );
    assert.equal(sentry.blockOf(V4.src), undefined);
  });

  it('a guarded source is counted and told of, not blocked', () => {
    sentry.instant('SYN', RULE, MINUTE_NS);
    sentry.guard(V4.src);
    for (const _ of [1, 2]) {
      const run = sentry.run(sample.SYN);
      assert.equal(run.outcome, 'PASS_PROBE');
      assert.deepEqual(run.probes, { 'TCP SYN': 1 });
      assert.deepEqual([run.events[0]?.blockedNs, run.events[0]?.rule], [0n, 0]);
    }
    assert.equal(sentry.blockOf(V4.src), undefined);
    sentry.unlist(V4.src);
  });

  it('an ignored source is not even counted', () => {
    sentry.instant('SYN', RULE, MINUTE_NS);
    sentry.ignore(V4.src);
    assert.equal(sentry.run(sample.SYN).outcome, 'PASS_IGNORED');
    assert.equal(sentry.blockOf(V4.src), undefined);
    sentry.unlist(V4.src);
  });

  it('an IPv6 source is its /64: all of it is blocked, the next /64 is not', () => {
    sentry.instant('SYN', RULE, MINUTE_NS);
    assert.equal(sentry.run(eth().ip6(V6).tcp()).outcome, 'PASS_PROBE');
    assert.equal(sentry.blockOf('2001:db8:66::/64')?.rule, RULE);
    assert.equal(sentry.run(eth().ip6({ src: '2001:db8:66::ffff:1' }).tcp()).outcome, 'DROP_BLOCKED');
    assert.equal(
      sentry.run(eth().ip6({ src: '2001:db8:66:1::1' }).tcp({ dport: 12 })).outcome,
      'PASS_NOT_MONITORED',
    );
  });

  it('a link-local neighbour is blocked alone', () => {
    sentry.instant('SYN', RULE, MINUTE_NS);
    assert.equal(sentry.run(eth().ip6({ src: 'fe80::66' }).tcp()).outcome, 'PASS_PROBE');
    assert.equal(sentry.blockOf('fe80::66')?.rule, RULE);
    assert.equal(sentry.blockOf('fe80::/64'), undefined);
    assert.equal(sentry.run(eth().ip6({ src: 'fe80::66' }).icmp6()).outcome, 'DROP_BLOCKED');
    assert.equal(sentry.run(eth().ip6({ src: 'fe80::1' }).icmp6()).outcome, 'PASS_OTHER_PROTOCOL');
  });
});

describe('instant rules at their limits', { skip }, () => {
  it('the event of a block is owed whatever the budgets say', () => {
    using sentry = disposable({ tunables: { sourceChangesMax: 0, sourceRepeatsMax: 0, eventsMax: 0 } });
    sentry.instant('SYN', RULE, MINUTE_NS);
    assert.deepEqual(sentry.run(sample.FIN).lost, { SOURCE_BUDGET: 1 });
    const run = sentry.run(sample.SYN);
    assert.deepEqual(run.lost, {});
    assert.equal(run.events.length, 1);
    assert.equal(run.events[0]?.probes, 2n);
    assert.notEqual(run.events[0]?.blockedNs, 0n);
  });

  it('a full block table is a loss that is counted, and the event tells of no block', () => {
    using sentry = disposable({ capacities: { blocks: 1 } });
    sentry.instant('SYN', RULE, MINUTE_NS);
    sentry.block('192.0.2.99');
    for (const _ of [1, 2]) {
      const run = sentry.run(sample.SYN);
      assert.equal(run.outcome, 'PASS_PROBE');
      assert.deepEqual(run.lost, { BLOCK_TABLE_FULL: 1 });
      assert.deepEqual([run.events[0]?.blockedNs, run.events[0]?.rule], [0n, 0]);
    }
    assert.equal(sentry.blockOf(V4.src), undefined);
    sentry.lift('192.0.2.99');
    assert.deepEqual(sentry.run(sample.SYN).lost, {});
    assert.equal(sentry.run(sample.SYN).outcome, 'DROP_BLOCKED');
  });

  it('swallowed probes block as well', () => {
    using sentry = disposable({ tunables: { swallowProbes: true } });
    sentry.instant('SYN', RULE, MINUTE_NS);
    assert.equal(sentry.run(sample.SYN).outcome, 'DROP_PROBE');
    assert.equal(sentry.run(sample.SYN).outcome, 'DROP_BLOCKED');
  });
});

function disposable(options: Parameters<typeof SentryObject.load>[0]): SentryObject {
  const sentry = SentryObject.load(options);
  sentry.monitor('TCP', 11);
  return sentry;
}
