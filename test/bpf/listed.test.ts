import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { Random } from '../../scripts/packets/random.ts';
import {
  contains,
  formatAddress,
  formatPrefix,
  fullLength,
  maskPrefix,
  type Prefix,
} from '../../src/values/prefix.ts';
import { columnsOf } from '../../src/values/prefix-columns-builder.ts';
import { prefixes } from '../support/arbitrary-prefix.ts';
import { needs } from '../support/capability.ts';
import { disguises, V4 } from '../support/disguises.ts';
import { type Case, cases } from '../support/sentry-object/cases.ts';
import { SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');
const tcpFrom = (src: string): Packet =>
  (src.includes(':') ? eth().ip6({ src }) : eth().ip4({ src })).tcp({ dport: 12 });
const lastOf = ({ family, bytes, length }: Prefix): Prefix => ({
  family,
  length: fullLength(family),
  bytes: bytes.map((byte, at) =>
    family === 4 && at >= 4 ? 0 : byte | (0xff >> Math.min(8, Math.max(0, length - at * 8))),
  ),
});
/** With the bit before `length` the other way round: the last bit that counts. */
function neighbourOf({ family, bytes, length }: Prefix): Prefix {
  const other = Uint8Array.from(bytes);
  other[(length - 1) >> 3]! ^= 0x80 >> ((length - 1) & 7);
  return { family, bytes: other, length };
}
const text = ({ family, bytes }: Prefix) => formatAddress(family, bytes);

describe('a listed source', { skip }, () => {
  let sentry: SentryObject;
  before(() => {
    sentry = SentryObject.load({ tunables: { filterSeed: 0xabad_1dea } });
    sentry.monitor('TCP', 11);
  });
  after(() => sentry?.close());
  afterEach(async () => {
    sentry?.liftAll();
    await sentry?.setLists();
  });

  const outcomeFrom = (src: string) => sentry.run(tcpFrom(src)).outcome;
  const isListed = (src: string) => {
    const outcome = outcomeFrom(src);
    assert.ok(outcome === 'DROP_LISTED' || outcome === 'PASS_NOT_MONITORED', `${src}: ${outcome}`);
    return outcome === 'DROP_LISTED';
  };

  it('is dropped, its neighbour is not, and nobody is once the lists have gone', async () => {
    assert.equal(isListed('203.0.113.7'), false, 'no lists at all');
    await sentry.setLists(['203.0.113.7'], ['198.51.100.0/24', '2001:db8:7::/48', '2001:db8::7']);
    for (const src of [
      '203.0.113.7',
      '198.51.100.0',
      '198.51.100.255',
      '2001:db8:7:ffff::1',
      '2001:db8::7',
    ]) {
      assert.equal(isListed(src), true, src);
    }
    for (const src of ['203.0.113.8', '198.51.101.0', '2001:db8:8::', '2001:db8::8', '0.0.0.0', '::']) {
      assert.equal(isListed(src), false, src);
    }
    await sentry.setLists();
    assert.equal(isListed('203.0.113.7'), false);
  });

  it('is one of an empty list: nobody', async () => {
    await sentry.setLists([], []);
    for (const src of ['203.0.113.7', '0.0.0.0', '2001:db8::', '::']) assert.equal(isListed(src), false);
  });

  for (const family of [4, 6] as const) {
    it(`IPv${family}: of each length, a network holds its first address and its last, and no neighbour`, async () => {
      const random = new Random(family);
      for (let length = 0; length <= fullLength(family); length++) {
        const bytes = random.bytes(16);
        if (family === 4) bytes.fill(0, 4);
        const network = maskPrefix({ family, bytes, length });
        await sentry.setLists([formatPrefix(network)]);
        for (const it of [network, lastOf(network)])
          assert.ok(isListed(text(it)), `${text(it)} of /${length}`);
        if (length === 0) continue;
        for (const it of [neighbourOf(network), lastOf(neighbourOf(network))]) {
          assert.ok(!isListed(text(it)), `${text(it)} is not of ${formatPrefix(network)}`);
        }
      }
    });
  }

  it('whatever the lists are, who is on one is dropped and who is on none is not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(prefixes, { maxLength: 30 }), { maxLength: 4 }),
        fc.array(prefixes, { maxLength: 10 }),
        async (lists, others) => {
          await sentry.lists.set(lists.map(columnsOf));
          for (const it of [...lists.flat(), ...others].flatMap((network) => [network, lastOf(network)])) {
            const address = { ...it, length: fullLength(it.family) };
            const expected = lists.some((networks) => networks.some((network) => contains(network, address)));
            assert.equal(isListed(text(it)), expected, text(it));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is found among many thousand, and hardly anybody else is suspected', async () => {
    const random = new Random(77);
    const networks = Array.from({ length: 20_000 }, (_, index): Prefix => {
      const family = index % 2 ? 4 : 6;
      const bytes = random.bytes(16);
      if (family === 4) bytes.fill(0, 4);
      else bytes.set([0x20, 0x01]);
      const length = family === 4 ? [32, 24, 32, 20][index % 4]! : [128, 48, 64, 32][(index >> 1) % 4]!;
      return maskPrefix({ family, bytes, length });
    });
    await sentry.lists.set([columnsOf(networks.slice(0, 10_000)), columnsOf(networks.slice(10_000))]);
    for (let index = 0; index < networks.length; index += 19) {
      assert.ok(isListed(text(lastOf(networks[index]!))), formatPrefix(networks[index]!));
    }
    for (let index = 0; index < 500; index++) {
      const bytes = random.bytes(16).fill(0, 4);
      const address: Prefix = { family: 4, bytes, length: 32 };
      const expected = networks.some((network) => contains(network, address));
      assert.equal(isListed(text(address)), expected, text(address));
    }
  });

  describe('is counted', () => {
    const counted = (...srcs: string[]) => {
      const before = sentry.lists.drops();
      for (const src of srcs) assert.equal(outcomeFrom(src), 'DROP_LISTED', src);
      return sentry.lists.drops().map(({ packets }, list) => packets - before[list]!.packets);
    };

    it('with its bytes, for its list', async () => {
      await sentry.setLists(['203.0.113.1'], ['203.0.113.2', '2001:db8::/32']);
      const before = sentry.lists.drops();
      const sizes = [0, 500].map((payload) => {
        const packet = tcpFrom('203.0.113.2').bytes(payload).build();
        sentry.run(packet);
        return packet.length;
      });
      const after = sentry.lists.drops();
      assert.deepEqual(after[0], before[0]);
      assert.equal(after[1]!.packets - before[1]!.packets, 2);
      assert.equal(after[1]!.bytes - before[1]!.bytes, sizes[0]! + sizes[1]!);
    });

    it('for the first of several that have the same network', async () => {
      await sentry.setLists(
        ['203.0.113.1'],
        ['203.0.113.1', '203.0.113.2', '198.51.100.0/24'],
        ['198.51.100.0/24'],
      );
      assert.deepEqual(counted('203.0.113.1'), [1, 0, 0]);
      assert.deepEqual(counted('203.0.113.2', '198.51.100.9'), [0, 2, 0]);
    });

    it('for one, when different lists have networks around it', async () => {
      await sentry.setLists(['198.51.100.0/24'], ['198.51.0.0/16'], ['198.51.100.7']);
      const counts = counted('198.51.100.7');
      assert.deepEqual(counts.toSorted(), [0, 0, 1]);
      assert.deepEqual(counted('198.51.100.8').at(2), 0);
    });

    for (const everybody of ['0.0.0.0/0', '::/0']) {
      it(`for the first list with ${everybody}`, async () => {
        const others = Array.from({ length: 100 }, (_, index) =>
          everybody === '::/0' ? `2001:db8::${index}` : `203.0.113.${index}`,
        );
        await sentry.setLists([everybody], others);
        assert.deepEqual(counted(everybody === '::/0' ? '2001:db9::1' : '192.0.2.9'), [1, 0]);
        assert.equal(isListed(everybody === '::/0' ? '192.0.2.9' : '2001:db9::1'), false);
      });
    }

    it('for the 32nd list, too', async () => {
      await sentry.setLists(...Array.from({ length: 32 }, (_, list) => [`203.0.113.${list}`]));
      assert.deepEqual(counted('203.0.113.31', '203.0.113.0'), [1, ...new Array<number>(30).fill(0), 1]);
    });
  });

  describe('comes second', () => {
    for (const { src, network } of [
      { src: '203.0.113.7', network: '203.0.113.0/24' },
      { src: '2001:db8::7', network: '2001:db8::/32' },
    ]) {
      it(`to the ignore list and to what is guarded: ${src} of ${network}`, async () => {
        await sentry.setLists([network], [src]);
        const before = sentry.lists.drops();
        for (const exempt of ['ignore', 'guard'] as const) {
          for (const whole of [src, network]) {
            sentry[exempt](whole);
            assert.equal(outcomeFrom(src), 'PASS_NOT_MONITORED', `${exempt} ${whole}`);
            sentry.unlist(whole);
          }
        }
        assert.deepEqual(sentry.lists.drops(), before);
        assert.equal(outcomeFrom(src), 'DROP_LISTED');
      });

      it(`to a block: ${src} of ${network}`, async () => {
        await sentry.setLists([network]);
        sentry.block(src);
        assert.equal(outcomeFrom(src), 'DROP_BLOCKED');
        assert.equal(sentry.blockOf(src)?.packets, 1n);
        sentry.lift(src);
        assert.equal(outcomeFrom(src), 'DROP_LISTED');
        sentry.block(src, { expiresNs: 1n });
        assert.equal(outcomeFrom(src), 'DROP_LISTED', 'the block has run out');
      });
    }

    it('a probe from there is no probe', async () => {
      await sentry.setLists(['203.0.113.0/24']);
      const run = sentry.run(eth().ip4({ src: '203.0.113.7' }).tcp());
      assert.deepEqual([run.outcome, run.probes, run.events], ['DROP_LISTED', {}, []]);
      assert.equal(sentry.source('203.0.113.7'), undefined);
    });
  });

  describe('stays out while lists are replaced', () => {
    const wide = ['203.0.0.0/16', '2001:db8::/32'];
    const narrow = ['203.0.113.7', '2001:db8::7'];
    const PACKETS = 20_000;
    const middle = ['203.0.113.0/24', '2001:db8::/64'];

    for (const { says, all } of [
      { says: 'by others with the same network', all: [wide, wide] },
      { says: 'by others with a wider or a narrower network around it', all: [wide, narrow, middle] },
      { says: 'by others in which it is a host, or one of a /64', all: [middle, narrow] },
    ]) {
      it(says, async () => {
        for (const src of ['203.0.113.7', '2001:db8::7']) {
          await sentry.setLists(all[0]!);
          for (let round = 1; round <= 30; round++) {
            let isDone = false;
            // The kernel exchanges the tables on another thread, while packets run on this one.
            const replaced = sentry.setLists(all[round % all.length]!).then(() => {
              isDone = true;
            });
            do {
              const outcomes = sentry.repeat(tcpFrom(src), PACKETS);
              assert.deepEqual(outcomes, { DROP_LISTED: PACKETS }, `${src}, ${round}`);
              await nextTurn();
            } while (!isDone);
            await replaced;
          }
        }
      });
    }
  });
});

describe('a listed source is dropped however it comes', { skip }, () => {
  let sentry: SentryObject;
  before(async () => {
    sentry = SentryObject.load();
    sentry.monitor('TCP', 11);
    await sentry.setLists([V4.src, '2001:db8:66::/64']);
  });
  after(() => sentry?.close());

  cases(
    () => sentry,
    disguises.map(([says, packet]): Case => ({ says, packet, outcome: 'DROP_LISTED' })),
  );
});
