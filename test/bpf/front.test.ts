import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eth, type Packet } from '../../scripts/packets/packet.ts';
import { Random } from '../../scripts/packets/random.ts';
import { formatAddress, formatPrefix, fullLength, maskPrefix, type Prefix } from '../../src/values/prefix.ts';
import { needs } from '../support/capability.ts';
import { SentryObject } from '../support/sentry-object.ts';

const skip = needs('bpf');
const SEED = 0xc0ff_ee00;

const tcpFrom = (src: string, dport = 12): Packet =>
  (src.includes(':') ? eth().ip6({ src }) : eth().ip4({ src })).tcp({ dport, flags: '' });
const text = ({ family, bytes }: Pick<Prefix, 'family' | 'bytes'>) => formatAddress(family, bytes);

/** An address in the network (longer than /0), and one in its neighbour, which differs in the last bit. */
function addresses(random: Random, network: Prefix): { inside: string; beside: string } {
  const { family, bytes, length } = network;
  const bits = fullLength(family);
  const noise = maskPrefix({ family, bytes: random.bytes(16), length: bits });
  const within = (base: Uint8Array) =>
    base.map((byte, at) => byte | (noise.bytes[at]! & (0xff >> Math.min(8, Math.max(0, length - at * 8)))));
  const other = Uint8Array.from(bytes);
  other[(length - 1) >> 3]! ^= 0x80 >> ((length - 1) & 7);
  return { inside: text({ family, bytes: within(bytes) }), beside: text({ family, bytes: within(other) }) };
}

/** So many different networks and addresses, of lengths from `shortest` on. */
function randomBlocks(random: Random, count: number, shortest: number): Map<string, Prefix> {
  const blocks = new Map<string, Prefix>();
  while (blocks.size < count) {
    const family = random.below(2) ? 4 : 6;
    const bits = fullLength(family);
    const length = random.below(3) ? shortest + random.below(bits + 1 - shortest) : bits;
    const network = maskPrefix({ family, bytes: random.bytes(16), length });
    blocks.set(formatPrefix(network), network);
  }
  return blocks;
}

class Naive {
  readonly #blocks: Map<string, Prefix>;

  constructor(blocks: Map<string, Prefix>) {
    this.#blocks = blocks;
  }

  has(address: string): boolean {
    const family = address.includes(':') ? 6 : 4;
    const all = parse(address);
    return Array.from({ length: fullLength(family) + 1 }, (_, length) => length).some((length) =>
      this.#blocks.has(formatPrefix(maskPrefix({ family, bytes: all, length }))),
    );
  }
}

function parse(address: string): Uint8Array {
  const family = address.includes(':') ? 6 : 4;
  const frame = tcpFrom(address).build();
  const bytes = new Uint8Array(16);
  bytes.set(family === 4 ? frame.subarray(26, 30) : frame.subarray(22, 38));
  return bytes;
}

describe('thousands of blocks of all lengths', { skip }, () => {
  for (const { says, shortest } of [
    { says: 'from /9 on', shortest: 9 },
    { says: 'from /20 on', shortest: 20 },
  ]) {
    it(`${says}: each is found, and its neighbours are not, before and after the filter is filled anew`, () => {
      using sentry = SentryObject.load({ tunables: { filterSeed: SEED }, capacities: { blocks: 8192 } });
      const random = new Random(shortest);
      const blocks = randomBlocks(random, 5000, shortest);
      const naive = new Naive(blocks);
      for (const block of blocks.keys()) sentry.block(block);
      check(1);
      assert.equal(sentry.front.wantsRefill, true);
      for (const _ of sentry.front.refill(blocks.values()));
      assert.equal(sentry.front.wantsRefill, false);
      check(3);
      let index = 0;
      for (const block of [...blocks.keys()]) {
        if (index++ % 4 === 0) continue;
        sentry.lift(block);
        blocks.delete(block);
      }
      for (const _ of sentry.front.refill(blocks.values()));
      check(1);

      function check(step: number): void {
        const asked: { src: string; isBlocked: boolean }[] = [];
        let at = 0;
        for (const network of blocks.values()) {
          if (at++ % step !== 0) continue;
          const { inside, beside } = addresses(random, network);
          asked.push({ src: inside, isBlocked: true }, { src: beside, isBlocked: naive.has(beside) });
        }
        const verdicts = sentry.flood(asked.map(({ src }) => tcpFrom(src).build()));
        for (const [index, { src, isBlocked }] of asked.entries()) {
          assert.equal(verdicts[index], isBlocked ? 'DROP' : 'PASS', src);
        }
      }
    });
  }
});

describe('blocks of the kernel’s own while the filter is filled anew', { skip }, () => {
  it('are found at once, at each step, and when it serves', () => {
    using sentry = SentryObject.load({ tunables: { filterSeed: SEED }, capacities: { blocks: 200_000 } });
    sentry.monitor('TCP', 11);
    sentry.instant('NULL', 1, 0n);
    const random = new Random(5);
    const blocks = randomBlocks(random, 20_000, 24);
    for (const block of blocks.keys()) sentry.block(block);
    const own: string[] = [];
    let number = 0;
    const scan = () => {
      for (const src of [
        `198.18.${number >> 8}.${number & 255}`,
        `2001:db8:${number.toString(16)}::1`,
        `fe80::${number}`,
      ]) {
        const { outcome, events } = sentry.run(tcpFrom(src, 11));
        assert.equal(outcome, 'PASS_PROBE', `${src} was not blocked before`);
        assert.ok(events[0]!.blockedNs > 0n);
        own.push(src);
      }
      number++;
      const verdicts = sentry.flood(own.map((src) => tcpFrom(src).build()));
      assert.ok(
        verdicts.every((verdict) => verdict === 'DROP'),
        `one of ${own.length} is not found`,
      );
    };

    let steps = 0;
    for (let refill = 0; refill < 3; refill++) {
      // What is there when the walk begins is met; what comes meanwhile is not.
      for (const _ of sentry.front.refill([...blocks.values(), ...own.map(sourceOf)])) {
        steps++;
        scan();
      }
      scan();
    }
    assert.ok(steps >= 12, `${steps} steps`);
  });

  /** The source that an address belongs to: of IPv6 its /64, unless it is link-local. */
  function sourceOf(address: string): Prefix {
    const family = address.includes(':') ? 6 : 4;
    const length = family === 4 ? 32 : address.startsWith('fe80') ? 128 : 64;
    return maskPrefix({ family, bytes: parse(address), length });
  }
});
