import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Capture } from '../../../src/capture/open.ts';
import { SentryError } from '../../../src/errors.ts';
import { pcap, pcapng, pcapngBlocks } from '../../support/capture-file.ts';
import { captures, framesOf } from './captured.ts';

const capture = captures();
const fails = (file: Capture, code: string, message: RegExp) =>
  assert.throws(
    () => framesOf(file),
    (error: unknown) =>
      error instanceof SentryError &&
      error.code === code &&
      message.test(error.message) &&
      error.exitCode === 3,
  );

describe('a file', () => {
  for (const [says, bytes, message] of [
    ['of text', Buffer.from('hello, world'), /neither pcap nor pcapng$/],
    ['that is empty', Buffer.alloc(0), /too short/],
    ['of three bytes', Buffer.from([0xd4, 0xc3, 0xb2]), /too short/],
    ['packed by gzip', Buffer.from([0x1f, 0x8b, 8, 0]), /packed by gzip: unpack it first/],
    ['packed by zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), /packed by zstd/],
    ['packed by xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), /packed by xz/],
  ] as const) {
    test(`${says} is no capture`, () => fails(capture(bytes), 'XS_ERR_CAPTURE', message));
  }

  test('that is not there', () =>
    fails(new Capture('/nowhere/none.pcap'), 'XS_ERR_CAPTURE', /none\.pcap: there is no such file/));
  test('that is a directory', () => fails(new Capture('/'), 'XS_ERR_CAPTURE', /it is no file/));
  test('that can be read once only', () =>
    fails(new Capture('/dev/zero'), 'XS_ERR_CAPTURE', /has to be read twice/));

  test('may be read again', () => {
    const file = capture(pcap([{ at: 1, frame: Uint8Array.of(1) }]));
    assert.deepEqual(framesOf(file), framesOf(file));
    assert.equal(framesOf(file).length, 1);
  });
});

describe('link types', () => {
  const frame = Uint8Array.of(1, 2, 3, 4);

  test('one that is not known is an error that names it', () => {
    fails(
      capture(pcap([{ at: 0, frame }], { linkType: 127 })),
      'XS_ERR_LINK_TYPE',
      /link type 127 \(IEEE 802\.11 with a radiotap header\)$/,
    );
    fails(capture(pcapng([{ at: 0, frame }], { linkType: 240 })), 'XS_ERR_LINK_TYPE', /link type 240$/);
  });

  test('beside one that is known its frames are left out, and counted', () => {
    const { section, interface: device, enhanced } = pcapngBlocks();
    const blocks = [
      section(),
      device({ linkType: 189 }),
      device(),
      enhanced(frame, 1n),
      enhanced(frame, 2n, 1),
      enhanced(frame, 3n),
    ];
    const file = capture(blocks.flat());
    assert.deepEqual(
      framesOf(file).map(({ linkType }) => linkType),
      [1],
    );
    assert.equal(file.leftOut, 2);
  });
});

describe('hostile bytes', () => {
  const starts = [
    pcap([]),
    pcap([], { order: 'big', unit: 'nano' }),
    pcapng([]),
    Uint8Array.from(pcapngBlocks('big').section()),
  ];
  const inside = pcapng([
    { at: 0, frame: new Uint8Array(40) },
    { at: 1, frame: new Uint8Array(60) },
  ]);

  test('end in frames, in damage, or in a SentryError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        behaves([...start, ...rest]);
      }),
      { numRuns: 500 },
    );
  });

  test('in the middle of good ones, too', () => {
    const change = fc.tuple(fc.nat(inside.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = inside.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        behaves(bytes);
      }),
      { numRuns: 500 },
    );
  });

  function behaves(bytes: Iterable<number>): void {
    const all = [...bytes];
    try {
      for (const frame of capture(all).frames()) {
        assert.ok(frame.bytes.length <= all.length, 'no frame has more bytes than the file');
        assert.ok(
          frame.seconds >= 0 && frame.seconds <= 2 ** 33 && frame.nanoseconds >= 0 && frame.nanoseconds < 1e9,
        );
      }
    } catch (error) {
      assert.ok(error instanceof SentryError, String(error));
    }
  }
});
