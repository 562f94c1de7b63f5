import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { bootTimeNs } from 'bpf-loader-native';
import { eth } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { kindNames } from '../support/sentry-object/names.ts';
import { SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');
const SCANNER = '203.0.113.7';

describe('what is remembered of a source', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', [1, 20_000]);
    sentry.monitor('UDP', [1, 20_000]);
  });
  after(() => sentry?.close());
  beforeEach(() => sentry.forgetSources());

  const tcp = (dport: number, flags = '', src = SCANNER) =>
    sentry.run(eth().ip4({ src }).tcp({ dport, flags }));

  it('probes, ports and kinds add up; the same once more adds a probe only', () => {
    const story = () => {
      const { probes, portCount, kinds } = sentry.source(SCANNER)!;
      return { probes, portCount, kinds: kindNames(kinds) };
    };
    tcp(11, 'F');
    assert.deepEqual(story(), { probes: 1n, portCount: 1, kinds: ['FIN'] });
    tcp(11, 'F');
    assert.deepEqual(story(), { probes: 2n, portCount: 1, kinds: ['FIN'] });
    tcp(12, 'F');
    assert.deepEqual(story(), { probes: 3n, portCount: 2, kinds: ['FIN'] });
    tcp(12, '');
    assert.deepEqual(story(), { probes: 4n, portCount: 2, kinds: ['FIN', 'NULL'] });
    tcp(11, 'FPU');
    assert.deepEqual(story(), { probes: 5n, portCount: 2, kinds: ['FIN', 'NULL', 'XMAS'] });
  });

  it('the same port of TCP and UDP are two', () => {
    tcp(11);
    sentry.run(eth().ip4({ src: SCANNER, moreFragments: true }).udp({ dport: 11 }).keep(4));
    assert.equal(sentry.source(SCANNER)?.portCount, 2);
  });

  it('the source port does not matter', () => {
    for (const sport of [1, 2, 3]) sentry.run(eth().ip4({ src: SCANNER }).tcp({ sport, flags: '' }));
    assert.equal(sentry.source(SCANNER)?.portCount, 1);
    assert.equal(sentry.sourceCount(), 1);
  });

  for (const [says, step] of [
    ['side by side', 1],
    ['a hundred apart', 100],
  ] as const) {
    it(`a hundred ports ${says} are a hundred, or a little fewer`, () => {
      for (let index = 0; index < 100; index++) tcp(1000 + index * step);
      const count = sentry.source(SCANNER)!.portCount;
      assert.ok(count <= 100 && count >= 75, `${count}`); // 256 bits hit at random 100 times: 83 of them set
      assert.equal(sentry.source(SCANNER)?.probes, 100n);
    });
  }

  it('a thousand ports are at most 256', () => {
    for (let port = 1; port <= 1000; port++) tcp(port);
    const { portCount, ports, probes } = sentry.source(SCANNER)!;
    const bits = ports.map((word) => word.toString(2).replaceAll('0', '').length).reduce((a, b) => a + b);
    assert.equal(portCount, bits);
    assert.ok(portCount > 200 && portCount <= 256, `${portCount}`);
    assert.equal(probes, 1000n);
  });

  it('first stays, last moves', () => {
    const before = bootTimeNs();
    tcp(11);
    const first = sentry.source(SCANNER)!;
    assert.ok(before <= first.firstNs && first.firstNs <= bootTimeNs());
    assert.equal(first.lastNs, first.firstNs);
    tcp(12);
    const second = sentry.source(SCANNER)!;
    assert.equal(second.firstNs, first.firstNs);
    assert.ok(second.lastNs > first.lastNs && second.lastNs <= bootTimeNs());
  });

  it('sources do not mix', () => {
    tcp(11, 'F', '203.0.113.7');
    tcp(12, '', '203.0.113.8');
    assert.equal(sentry.source('203.0.113.7')?.probes, 1n);
    assert.equal(sentry.source('203.0.113.8')?.probes, 1n);
    assert.equal(sentry.sourceCount(), 2);
  });

  it('what is no probe leaves no trace', () => {
    tcp(30_000, 'S');
    tcp(11, 'SA');
    sentry.run(eth().ip4({ src: SCANNER }).icmp());
    sentry.run(eth().ip4({ src: SCANNER, fragOffset: 9 }).bytes(40));
    assert.equal(sentry.sourceCount(), 0);
  });

  const syn6 = (src: string) => sentry.run(eth().ip6({ src }).tcp({ flags: '' }));

  it('two addresses of one /64 share one story, the next /64 has its own', () => {
    syn6('2001:db8:7::1');
    const { events } = syn6('2001:db8:7::ffff:2');
    syn6('2001:db8:7:1::1');
    assert.equal(sentry.source('2001:db8:7::/64')?.probes, 2n);
    assert.equal(sentry.source('2001:db8:7:1::/64')?.probes, 1n);
    assert.equal(sentry.sourceCount(), 2);
    assert.deepEqual(
      events.map((event) => [event.saddr, event.sourceBits, event.probes]),
      [['2001:db8:7::ffff:2', 64, 2n]],
    );
  });

  it('link-local neighbours (fe80::/10) are sources of their own', () => {
    for (const src of ['fe80::1', 'fe80::2', 'febf:ffff::1', 'febf:ffff::2']) {
      assert.equal(syn6(src).events[0]?.sourceBits, 128, src);
      assert.equal(sentry.source(src)?.probes, 1n, src);
    }
    for (const src of ['fe7f::1', 'fec0::1', 'fd80::1', '::1']) {
      assert.equal(syn6(src).events[0]?.sourceBits, 64, src);
      assert.equal(sentry.source(`${src.replace('::1', '::')}/64`)?.probes, 1n, src);
    }
  });
});

describe('other lengths of IPv6 sources', { skip }, () => {
  for (const [bits, other, third] of [
    [48, '2001:db8:7:9::9', '2001:db8:8::1'],
    [56, '2001:db8:7:ff::', '2001:db8:7:100::'],
    [128, '2001:db8:7::1', '2001:db8:7::2'],
  ] as const) {
    it(`/${bits}: ${other} belongs to the source of 2001:db8:7::1, ${third} does not`, () => {
      using sentry = SentryObject.load({ tunables: { sourceBits6: bits } });
      sentry.monitor('TCP', 11);
      for (const src of ['2001:db8:7::1', other, third]) sentry.run(eth().ip6({ src }).tcp({ flags: '' }));
      assert.equal(sentry.source(`2001:db8:7::1/${bits}`)?.probes, 2n);
      assert.equal(sentry.source(`${third}/${bits}`)?.probes, 1n);
      assert.equal(sentry.sourceCount(), 2);
    });
  }
});

describe('a table of sources that is full', { skip }, () => {
  const CAPACITY = 128;
  const FLOOD = 2000;
  const early = '203.0.113.66';

  it('forgets old sources, never a block', () => {
    using sentry = SentryObject.load({ capacities: { sources: CAPACITY } });
    sentry.monitor('TCP', 11);
    sentry.block('203.0.113.99');
    sentry.instant('FIN', 1, 0n);
    sentry.run(eth().ip4({ src: early }).tcp({ flags: 'F' }));
    assert.equal(sentry.source(early)?.probes, 1n);

    for (let index = 0; index < FLOOD; index++) {
      const src = `198.18.${index >> 8}.${index & 255}`;
      const run = sentry.run(eth().ip4({ src }).tcp({ flags: '' }), { leaveEvents: true });
      assert.equal(run.outcome, 'PASS_PROBE');
      assert.deepEqual(run.probes, { 'TCP NULL': 1 });
    }
    assert.ok(sentry.sourceCount() <= CAPACITY, `${sentry.sourceCount()} sources`);
    assert.equal(sentry.source(early), undefined);
    assert.equal(sentry.run(eth().ip4({ src: early }).udp()).outcome, 'DROP_BLOCKED');
    assert.equal(sentry.run(eth().ip4({ src: '203.0.113.99' }).udp()).outcome, 'DROP_BLOCKED');
    assert.equal(
      sentry.run(
        eth()
          .ip4({ src: `198.18.${(FLOOD - 1) >> 8}.${(FLOOD - 1) & 255}` })
          .tcp({ flags: '' }),
      ).outcome,
      'PASS_PROBE',
    );
  });
});
