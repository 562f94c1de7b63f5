import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EPOCH, ETHERNET, type InterfaceFields, pcapngBlocks } from '../../support/capture-file.ts';
import { captures, framesOf } from './captured.ts';

const capture = captures();
const frame = Uint8Array.of(1, 2, 3, 4, 5);
const frameAt = (seconds: number, nanoseconds: number, linkType = ETHERNET) => ({
  linkType,
  seconds,
  nanoseconds,
  bytes: [...frame],
});
const read = (...blocks: readonly (readonly number[])[]) => {
  const file = capture(blocks.flat());
  return { frames: framesOf(file), damage: file.damage };
};

describe('pcapng', () => {
  for (const order of ['little', 'big'] as const) {
    test(`${order}-endian: enhanced, simple and obsolete packets; what is unknown is passed over`, () => {
      const { section, interface: device, enhanced, simple, obsolete, block } = pcapngBlocks(order);
      const micros = (seconds: number) => BigInt(seconds * 1e6);
      const { frames, damage } = read(
        section(),
        device(),
        device({ linkType: 101 }),
        enhanced(frame, micros(1.25)),
        block(0x0bad_beef, [1, 2, 3, 4]),
        obsolete(frame, micros(2.5), 1),
        block(5, new Array(100_000).fill(0)),
        simple(frame),
        enhanced(frame, micros(EPOCH + 0.000_001), 1),
      );
      assert.equal(damage, undefined);
      assert.deepEqual(frames, [
        frameAt(1, 250_000_000),
        frameAt(2, 500_000_000, 101),
        frameAt(2, 500_000_000),
        frameAt(EPOCH, 1000, 101),
      ]);
    });
  }

  test('each section has its byte order and its interfaces', () => {
    const [little, big] = [pcapngBlocks('little'), pcapngBlocks('big')];
    const { frames } = read(
      ...[little.section(), little.interface(), little.enhanced(frame, 1_000_000n)],
      ...[big.section(), big.interface({ linkType: 113 }), big.enhanced(frame, 2_000_000n)],
    );
    assert.deepEqual(frames, [frameAt(1, 0), frameAt(2, 0, 113)]);
  });

  const now = BigInt(EPOCH);
  const times: readonly (readonly [string, InterfaceFields, bigint, number, number])[] = [
    ['nanoseconds', { resolution: 9 }, now * 1_000_000_000n + 7n, EPOCH, 7],
    ['seconds', { resolution: 0 }, now, EPOCH, 0],
    ['milliseconds', { resolution: 3 }, now * 1000n + 5n, EPOCH, 5_000_000],
    ['1/1024 s', { resolution: 0x8a }, now * 1024n + 512n, EPOCH, 500_000_000],
    ['picoseconds', { resolution: 12 }, 3_000_000_004_999n, 3, 4],
    ['2^-127 s', { resolution: 0xff }, 2n ** 64n - 1n, 0, 0],
    ['10^-127 s', { resolution: 0x7f }, 2n ** 64n - 1n, 0, 0],
    ['an offset', { offset: now }, 1_500_000n, EPOCH + 1, 500_000_000],
    ['an offset below zero', { offset: -2n }, 5_000_000n, 3, 0],
    ['before 1970', { offset: -(2n ** 63n) }, 5_000_000n, 0, 0],
    ['after all time', { offset: 2n ** 63n - 1n, resolution: 0 }, 2n ** 64n - 1n, 0xffff_ffff, 0],
  ];
  for (const [says, fields, units, seconds, nanoseconds] of times) {
    test(`times in ${says}`, () => {
      const { section, interface: device, enhanced } = pcapngBlocks();
      const { frames } = read(section(), device(fields), enhanced(frame, units));
      assert.deepEqual(frames, [frameAt(seconds, nanoseconds)]);
    });
  }

  test('a simple packet is as long as its interface takes', () => {
    const { section, interface: device, simple } = pcapngBlocks();
    const { frames } = read(section(), device({ snapLength: 3 }), simple(frame.subarray(0, 4), 1000));
    assert.deepEqual(frames[0]?.bytes, [1, 2, 3]);
  });

  const { section, interface: device, enhanced, obsolete, block } = pcapngBlocks();
  const good = [section(), device(), enhanced(frame, 1_000_000n)];
  const patched = (bytes: readonly number[], at: number, ...values: readonly number[]) =>
    bytes.map((byte, index) => values[index - at] ?? byte);
  const damages: readonly (readonly [string, readonly number[], RegExp])[] = [
    ['a block that is cut short', enhanced(frame, 2n).slice(0, -1), /it ends within the block at byte/],
    ['a head that is cut short', [6, 0, 0, 0, 60], /it ends within the block at byte/],
    ['an unknown block that is cut short', [9, 9, 9, 9, 0, 0, 0, 0x40, 1], /it ends within the block/],
    ['a length that is no multiple of four', [6, 0, 0, 0, 33, 0, 0, 0], /announces 33 bytes/],
    ['a length of nothing', [9, 9, 9, 9, 0, 0, 0, 0], /announces 0 bytes/],
    [
      'another length behind',
      patched(enhanced(frame, 2n), enhanced(frame, 2n).length - 4, 1),
      /another length/,
    ],
    [
      'a packet longer than its block',
      patched(enhanced(frame, 2n), 20, 0xff, 0xff),
      /announces a packet of 65535/,
    ],
    [
      'a packet longer than all memory',
      patched(enhanced(frame, 2n), 20, 0xff, 0xff, 0xff, 0xff),
      /a packet of 4294967295/,
    ],
    ['a packet of no interface', obsolete(frame, 2n, 7), /is of interface 7, which is not there/],
    ['a packet without a packet', block(6, [0, 0, 0, 0]), /too short for a packet/],
    ['an interface without anything', block(1, []), /too short for an interface/],
    ['an interface as long as a film', [1, 0, 0, 0, 0, 0, 0, 0x40], /announces 1073741824 bytes/],
    ['no byte order', patched(section(), 8, 0), /has no byte order that is known/],
  ];
  for (const [says, bytes, damage] of damages) {
    test(`${says}: read as far as it goes`, () => {
      const isCut = damage.source.startsWith('it ends'); // or what follows would be taken for the rest of it
      const answer = read(...good, bytes, ...(isCut ? [] : good));
      assert.deepEqual(answer.frames, [frameAt(1, 0)]);
      assert.match(answer.damage!, damage);
    });
  }
});
