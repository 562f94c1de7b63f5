import fc from 'fast-check';
import { fullLength, maskPrefix, type Prefix } from '../../src/values/prefix.ts';

/** Networks that often lie in one another: their bytes are few. */
export const prefixes4: fc.Arbitrary<Prefix> = prefixesOf(4);
export const prefixes6: fc.Arbitrary<Prefix> = prefixesOf(6);
export const prefixes = fc.oneof(prefixes4, prefixes6);

/** Of lengths from `shortest` to `longest`. */
export function prefixesOf(
  family: 4 | 6,
  shortest = 0,
  longest: number = fullLength(family),
): fc.Arbitrary<Prefix> {
  const size = family === 4 ? 4 : 16;
  const byte = fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255));
  return fc
    .tuple(fc.array(byte, { minLength: size, maxLength: size }), fc.integer({ min: shortest, max: longest }))
    .map(([address, length]) => {
      const bytes = new Uint8Array(16);
      bytes.set(address);
      return maskPrefix({ family, bytes, length });
    });
}
