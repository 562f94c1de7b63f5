import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { bootTimeNs } from 'bpf-loader-native';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { needs } from '../support/capability.ts';
import { SentryObject } from '../support/sentry-object.ts';

const SECOND_NS = 1_000_000_000n;
/** How old what bpf/hot.h knows may be: CONFIG_HZ is 100 at least. */
const JIFFY_NS = 10_000_000n;
const HOUR_NS = 3600n * SECOND_NS;
const tcpFrom = (src: string, fields = {}): Packet =>
  (src.includes(':') ? eth().ip6({ src }) : eth().ip4({ src })).tcp({ dport: 12, ...fields });

describe('a blocked source', { skip: needs('bpf') }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
  });
  after(() => sentry?.close());
  afterEach(() => sentry?.liftAll());

  const outcomeFrom = (src: string) => sentry.run(tcpFrom(src)).outcome;
  const later = () => bootTimeNs() + HOUR_NS;
  const earlier = () => bootTimeNs() - 1n;

  const networks: readonly { block: string; holds: string[]; not: string[] }[] = [
    { block: '203.0.113.7', holds: ['203.0.113.7'], not: ['203.0.113.6', '203.0.113.8', '7.113.0.203'] },
    {
      block: '203.0.113.0/24',
      holds: ['203.0.113.0', '203.0.113.255'],
      not: ['203.0.112.255', '203.0.114.0'],
    },
    { block: '203.0.113.128/25', holds: ['203.0.113.128', '203.0.113.255'], not: ['203.0.113.127'] },
    { block: '128.0.0.0/1', holds: ['128.0.0.0', '223.255.255.255'], not: ['127.255.255.255', '0.0.0.1'] },
    { block: '203.0.113.6/31', holds: ['203.0.113.6', '203.0.113.7'], not: ['203.0.113.5', '203.0.113.8'] },
    { block: '0.0.0.0/0', holds: ['0.0.0.1', '203.0.113.7', '223.255.255.255'], not: ['2001:db8::7'] },
    {
      block: '2001:db8:1:2::/64',
      holds: ['2001:db8:1:2::', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
      not: ['2001:db8:1:3::', '2001:db8:1:1::1'],
    },
    { block: '2001:db8::7', holds: ['2001:db8::7'], not: ['2001:db8::6', '2001:db8::8', '2001:db8::1:7'] },
    {
      block: '2001:db8::/32',
      holds: ['2001:db8::1', '2001:db8:ffff::'],
      not: ['2001:db7:ffff::', '2001:db9::'],
    },
    { block: '2001:db8::8000:0:0:0/65', holds: ['2001:db8::8000:0:0:1'], not: ['2001:db8::7fff:0:0:1'] },
    { block: '2001:db8::6/127', holds: ['2001:db8::6', '2001:db8::7'], not: ['2001:db8::5', '2001:db8::8'] },
    { block: '::/0', holds: ['::1', '2001:db8::7', 'fe80::1'], not: ['203.0.113.7'] },
  ];
  for (const { block, holds, not } of networks) {
    it(`${block} holds ${holds.join(' and ')}, not ${not.join(', ')}`, () => {
      sentry.block(block);
      for (const src of holds) assert.equal(outcomeFrom(src), 'DROP_BLOCKED', src);
      for (const src of not) assert.equal(outcomeFrom(src), 'PASS_NOT_MONITORED', src);
      assert.ok(sentry.lift(block));
      for (const src of holds) assert.equal(outcomeFrom(src), 'PASS_NOT_MONITORED', `${src}, once lifted`);
    });
  }

  const text4 = (bytes: readonly number[]) => bytes.join('.');
  const text6 = (bytes: readonly number[]) =>
    Array.from({ length: 8 }, (_, at) => ((bytes[at * 2]! << 8) | bytes[at * 2 + 1]!).toString(16)).join(':');
  /** The address with the bits from `first` to before `end` the other way round. */
  const flipped = (bytes: readonly number[], first: number, end: number) =>
    bytes.map((byte, at) => byte ^ mask(first - at * 8, end - at * 8));
  const mask = (first: number, end: number) => (0xff >> bound(first)) & ~(0xff >> bound(end));
  const bound = (bit: number) => Math.min(Math.max(bit, 0), 8);

  for (const { family, bytes, text } of [
    { family: 'IPv4', bytes: new Array<number>(4).fill(0x55), text: text4 },
    { family: 'IPv6', bytes: new Array<number>(16).fill(0x2a), text: text6 },
  ]) {
    const bits = bytes.length * 8;
    it(`${family}: of each length from 0 to ${bits}, a prefix minds its own bits and no others`, () => {
      for (let length = 0; length <= bits; length++) {
        sentry.liftAll();
        sentry.block(`${text(bytes)}/${length}`);
        assert.equal(outcomeFrom(text(bytes)), 'DROP_BLOCKED', `/${length}`);
        assert.equal(
          outcomeFrom(text(flipped(bytes, length, bits))),
          'DROP_BLOCKED',
          `/${length}, bits behind it`,
        );
        if (length === 0) continue;
        assert.equal(
          outcomeFrom(text(flipped(bytes, length - 1, length))),
          'PASS_NOT_MONITORED',
          `/${length}, last bit`,
        );
        assert.equal(outcomeFrom(text(flipped(bytes, 0, 1))), 'PASS_NOT_MONITORED', `/${length}, first bit`);
      }
    });
  }

  it('blocks of many lengths hold at the same time', () => {
    const blocks = [
      '203.0.113.7',
      '203.0.112.0/24',
      '100.64.0.0/10',
      '11.0.0.0/8',
      '2001:db8:1::/64',
      '2001:db8:2::1',
      '2001:dc0::/32',
    ];
    for (const block of blocks) sentry.block(block);
    const sources = [
      '203.0.113.7',
      '203.0.112.9',
      '100.127.0.1',
      '11.9.9.9',
      '2001:db8:1::9',
      '2001:db8:2::1',
      '2001:dc0:9::',
    ];
    for (const src of sources) assert.equal(outcomeFrom(src), 'DROP_BLOCKED', src);
    for (const src of ['203.0.113.8', '100.128.0.1', '12.0.0.1', '2001:db8:2::2']) {
      assert.equal(outcomeFrom(src), 'PASS_NOT_MONITORED', src);
    }
  });

  it('all 129 lengths of IPv6 may be in use', () => {
    for (let length = 1; length <= 128; length++)
      sentry.block(`2001:db8::/${length}`, { expiresNs: earlier() });
    sentry.block('::/0');
    assert.equal(outcomeFrom('2001:db8::'), 'DROP_BLOCKED');
    assert.equal(sentry.blockOf('::/0')?.packets, 1n);
  });

  it('an address of one family is not blocked by the same bytes of the other', () => {
    sentry.block('32.1.13.184'); // the first four bytes of 2001:db8::
    sentry.block('2001:db8::/32');
    sentry.lift('2001:db8::/32');
    assert.equal(outcomeFrom('2001:db8::'), 'PASS_NOT_MONITORED');
    assert.equal(outcomeFrom('32.1.13.184'), 'DROP_BLOCKED');
  });

  it('the destination does not matter', () => {
    sentry.block('203.0.113.7');
    assert.equal(
      sentry.run(eth().ip4({ dst: '203.0.113.7' }).tcp({ dport: 12 })).outcome,
      'PASS_NOT_MONITORED',
    );
  });

  describe('expiry', () => {
    it('a block holds until its time, and not from then on', () => {
      sentry.block('203.0.113.7', { expiresNs: later() });
      assert.equal(outcomeFrom('203.0.113.7'), 'DROP_BLOCKED');
      sentry.block('203.0.113.7', { expiresNs: earlier() });
      assert.equal(outcomeFrom('203.0.113.7'), 'PASS_NOT_MONITORED');
    });

    it('a block runs out by itself', () => {
      sentry.block('203.0.113.7', { expiresNs: bootTimeNs() + 50_000_000n });
      assert.equal(outcomeFrom('203.0.113.7'), 'DROP_BLOCKED');
      const giveUp = bootTimeNs() + 10n * SECOND_NS;
      while (outcomeFrom('203.0.113.7') === 'DROP_BLOCKED') assert.ok(bootTimeNs() < giveUp);
      assert.equal(outcomeFrom('203.0.113.7'), 'PASS_NOT_MONITORED');
    });

    it('0 means until it is lifted', () => {
      sentry.block('203.0.113.7', { expiresNs: 0n });
      assert.equal(outcomeFrom('203.0.113.7'), 'DROP_BLOCKED');
    });

    it('an expired block counts nothing', () => {
      sentry.block('203.0.113.7', { expiresNs: earlier() });
      outcomeFrom('203.0.113.7');
      assert.equal(sentry.blockOf('203.0.113.7')?.packets, 0n);
      assert.equal(sentry.blockOf('203.0.113.7')?.lastSeenNs, 0n);
    });

    for (const { narrow, wide, src } of [
      { narrow: '203.0.113.7', wide: '203.0.113.0/24', src: '203.0.113.7' },
      { narrow: '2001:db8:0:1::/64', wide: '2001:db8::/32', src: '2001:db8:0:1::9' },
    ]) {
      it(`an expired ${narrow} does not shield its source from ${wide}`, () => {
        sentry.block(narrow, { expiresNs: earlier() });
        sentry.block(wide, { expiresNs: later() });
        assert.equal(outcomeFrom(src), 'DROP_BLOCKED');
        assert.equal(sentry.blockOf(wide)?.packets, 1n);
        assert.equal(sentry.blockOf(narrow)?.packets, 0n);
      });

      it(`an expired ${wide} does not end ${narrow}`, () => {
        sentry.block(narrow, { expiresNs: later() });
        sentry.block(wide, { expiresNs: earlier() });
        assert.equal(outcomeFrom(src), 'DROP_BLOCKED');
        assert.equal(sentry.blockOf(narrow)?.packets, 1n);
      });
    }
  });

  describe('the ignore list', () => {
    for (const { ignored, block, src } of [
      { ignored: '203.0.113.7', block: '203.0.113.7', src: '203.0.113.7' },
      { ignored: '203.0.113.0/24', block: '203.0.113.7', src: '203.0.113.7' },
      { ignored: '203.0.113.7', block: '0.0.0.0/0', src: '203.0.113.7' },
      { ignored: '2001:db8::/32', block: '2001:db8::/64', src: '2001:db8::7' },
      { ignored: '::/0', block: '2001:db8::7', src: '2001:db8::7' },
    ]) {
      it(`${ignored} wins over the block of ${block}`, () => {
        sentry.block(block);
        assert.equal(outcomeFrom(src), 'DROP_BLOCKED');
        sentry.ignore(ignored);
        assert.equal(outcomeFrom(src), 'PASS_NOT_MONITORED');
        assert.equal(
          sentry.blockOf(block)?.packets,
          1n,
          'only the first packet is on the account of the block',
        );
        sentry.unlist(ignored);
        assert.equal(outcomeFrom(src), 'DROP_BLOCKED');
      });
    }

    it('wins for one address of a /64 that goes on from ever new ones', () => {
      sentry.block('2001:db8:1:2::/64');
      sentry.ignore('2001:db8:1:2::7');
      const sources = ['::1', '::2', '::7', '::3', '::7'].map((host) => `2001:db8:1:2${host}`);
      assert.deepEqual(sources.map(outcomeFrom), [
        'DROP_BLOCKED',
        'DROP_BLOCKED',
        'PASS_NOT_MONITORED',
        'DROP_BLOCKED',
        'PASS_NOT_MONITORED',
      ]);
      assert.equal(sentry.blockOf('2001:db8:1:2::/64')!.packets, 3n);
      sentry.unlist('2001:db8:1:2::7');
    });

    it('a guarded source is not blocked either, neither alone nor with its network', () => {
      for (const block of ['203.0.113.7', '203.0.113.0/24', '0.0.0.0/0']) sentry.block(block);
      sentry.guard('203.0.113.7');
      assert.equal(outcomeFrom('203.0.113.7'), 'PASS_NOT_MONITORED');
      assert.equal(outcomeFrom('203.0.113.8'), 'DROP_BLOCKED');
      sentry.unlist('203.0.113.7');
      assert.equal(outcomeFrom('203.0.113.7'), 'DROP_BLOCKED');
    });

    it('the probe of a guarded source counts in spite of a block, that of an ignored one does not', () => {
      for (const src of ['203.0.113.7', '203.0.113.8']) sentry.block(src);
      sentry.guard('203.0.113.7');
      sentry.ignore('203.0.113.8');
      assert.deepEqual(sentry.run(eth().ip4({ src: '203.0.113.7' }).tcp()).probes, { 'TCP SYN': 1 });
      assert.equal(sentry.run(eth().ip4({ src: '203.0.113.8' }).tcp()).outcome, 'PASS_IGNORED');
      for (const src of ['203.0.113.7', '203.0.113.8']) sentry.unlist(src);
    });

    it('an IPv4 entry says nothing of IPv6', () => {
      sentry.ignore('0.0.0.0/0');
      sentry.block('2001:db8::7');
      assert.equal(outcomeFrom('2001:db8::7'), 'DROP_BLOCKED');
      sentry.unlist('0.0.0.0/0');
    });
  });

  describe('the account of a block', () => {
    it('has nothing of what an earlier block of the same source has dropped in the same jiffy', () => {
      const drop = (times: number) => {
        sentry.block('203.0.113.7');
        sentry.repeat(tcpFrom('203.0.113.7'), times);
        return sentry.blockOf('203.0.113.7')!.packets;
      };
      assert.equal(drop(5), 5n);
      sentry.lift('203.0.113.7');
      assert.equal(drop(3), 3n);
    });

    for (const { block, src } of [
      { block: '203.0.113.7', src: '203.0.113.7' },
      { block: '203.0.113.0/24', src: '203.0.113.99' },
      { block: '2001:db8::/64', src: '2001:db8::99' },
    ]) {
      it(`${block} counts packets and bytes, and when the last one came`, () => {
        const fresh = { addedNs: 5n, rule: 3, expiresNs: later() };
        sentry.block(block, fresh);
        const sizes = [0, 100, 1000].map((payload) => {
          const packet = tcpFrom(src).bytes(payload).build();
          const before = bootTimeNs();
          assert.equal(sentry.run(packet).outcome, 'DROP_BLOCKED');
          const account = sentry.blockOf(block)!;
          assert.ok(before - JIFFY_NS <= account.lastSeenNs && account.lastSeenNs <= bootTimeNs());
          return packet.length;
        });
        const { packets, bytes, ...rest } = sentry.blockOf(block)!;
        assert.deepEqual(
          { packets, bytes },
          { packets: 3n, bytes: BigInt(sizes[0]! + sizes[1]! + sizes[2]!) },
        );
        assert.deepEqual({ addedNs: rest.addedNs, rule: rest.rule, expiresNs: rest.expiresNs }, fresh);
      });
    }
  });
});
