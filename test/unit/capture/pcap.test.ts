import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EPOCH, ETHERNET, type PcapFields, pcap, type Shot } from '../../support/capture-file.ts';
import { captures, framesOf } from './captured.ts';

const capture = captures();
const shots: readonly Shot[] = [
  { at: 0.000_001, frame: Uint8Array.of(1, 2, 3) },
  { at: 1.5, frame: new Uint8Array() },
  { at: 86_400.999_999, frame: new Uint8Array(3000).fill(7) },
];
const expected = (linkType = ETHERNET) => [
  { linkType, seconds: EPOCH, nanoseconds: 1000, bytes: [1, 2, 3] },
  { linkType, seconds: EPOCH + 1, nanoseconds: 500_000_000, bytes: [] },
  { linkType, seconds: EPOCH + 86_400, nanoseconds: 999_999_000, bytes: new Array(3000).fill(7) },
];

describe('pcap', () => {
  const variants: readonly (readonly [string, PcapFields])[] = [
    ['of a little-endian machine', {}],
    ['of a big-endian machine', { order: 'big' }],
    ['with nanoseconds', { unit: 'nano' }],
    ['with nanoseconds, of a big-endian machine', { unit: 'nano', order: 'big' }],
    ['of the modified libpcap', { isModified: true }],
    ['of the modified libpcap of a big-endian machine', { isModified: true, order: 'big' }],
  ];
  for (const [says, fields] of variants) {
    test(`${says}: every frame with its time`, () => {
      const file = capture(pcap(shots, fields));
      assert.deepEqual(framesOf(file), expected());
      assert.equal(file.damage, undefined);
    });
  }

  test('a checksum that its header tells of is no part of the link type', () => {
    assert.deepEqual(framesOf(capture(pcap(shots, { linkType: 0x5400_0000 | 101 }))), expected(101));
  });

  test('without frames there are none', () => {
    const file = capture(pcap([]));
    assert.deepEqual(framesOf(file), []);
    assert.equal(file.damage, undefined);
  });

  test('more than is read at a time: no frame is lost where the pieces meet', () => {
    const many = Array.from({ length: 3000 }, (_, at) => ({
      at,
      frame: new Uint8Array(999).fill(at & 0xff),
    }));
    const frames = framesOf(capture(pcap(many)));
    assert.equal(frames.length, 3000);
    for (const [index, { seconds, bytes }] of frames.entries()) {
      assert.equal(seconds, EPOCH + index);
      assert.ok(bytes.length === 999 && bytes.every((byte) => byte === (index & 0xff)));
    }
  });

  const whole = pcap(shots);
  for (const [says, length, left, damage] of [
    ['within the header of a record', 24 + 19 + 5, 1, /it ends within a record, which begins at byte 43$/],
    ['within a frame', whole.length - 1, 2, /it ends within a record, which begins at byte 59$/],
    ['within the header of the file', 20, 0, /it ends within its header/],
  ] as const) {
    test(`cut short ${says}: read as far as it goes`, () => {
      const file = capture(whole.subarray(0, length));
      assert.deepEqual(framesOf(file), expected().slice(0, left));
      assert.match(file.damage!, damage);
    });
  }

  test('a record that announces more than any frame has is damage', () => {
    const bytes = pcap(shots.slice(0, 2));
    new DataView(bytes.buffer).setUint32(24 + 19 + 8, 262_145, true);
    const file = capture(bytes);
    assert.deepEqual(framesOf(file), expected().slice(0, 1));
    assert.match(file.damage!, /the record at byte 43 announces 262145 bytes/);
  });
});
