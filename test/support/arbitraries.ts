import fc from 'fast-check';
import { fullLength, maskPrefix, type Prefix } from '../../src/values/prefix.ts';

/** Networks of at least that length. Few different first bytes, so that they lie in one another and beside one another. */
export function networks(family: 4 | 6, shortest = 0, longest: number = fullLength(family)): fc.Arbitrary<Prefix> {
  const few = fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff);
  const byte = fc.oneof(few, fc.integer({ min: 0, max: 255 }));
  return fc
    .record({
      bytes: fc.array(few, { minLength: 2, maxLength: 2 }),
      rest: fc.array(byte, { minLength: 14, maxLength: 14 }),
      length: fc.integer({ min: shortest, max: longest }),
    })
    .map(({ bytes, rest, length }) => {
      const all = Uint8Array.from([...bytes, ...rest]);
      if (family === 4) all.fill(0, 4);
      return maskPrefix({ family, bytes: all, length });
    });
}

export const anyNetwork = (): fc.Arbitrary<Prefix> => fc.oneof(networks(4), networks(6));
