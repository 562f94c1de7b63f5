import type { Prefix } from '../../src/values/prefix.ts';
import type { PrefixColumns } from '../../src/values/prefix-columns.ts';
import { PrefixColumnsBuilder } from '../../src/values/prefix-columns-builder.ts';

/** The sources of scripts/bench/bench.bpf.c by their number: the same arithmetic. */
const SPREAD4 = 0x9e37_79b1;
const SPREAD6 = 0xc2b2_ae35;

/** In networks' shape: tells the addresses of the blocked ones (set) from those of nobody (clear). */
export const NETWORK_BIT = 1 << 16;

export type Shape = 'addresses' | 'networks';

/**
 * Prefix lengths as lists have them, roughly as often: one of these for each number in turn. No wider ones of IPv4, though: there is
 * no place for so many, most would lie within others, and a list of a million would be one of some ten thousand.
 */
const LENGTHS4 = [24, 24, 24, 24, 24, 24, 24, 24, 22, 22, 23, 23, 25, 26, 27, 28, 29, 30, 31];
const LENGTHS6 = [48, 48, 48, 48, 32, 32, 32, 36, 40, 44, 29, 56, 60, 33, 45, 63];

/** The prefix that is blocked under this number. */
export function numbered(number: number, family: 4 | 6, shape: Shape): Prefix {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const isNetwork = shape === 'networks';
  const spread = Math.imul(number, SPREAD4) >>> 0;
  const high = family === 4 ? spread : ((spread >>> 3) | 0x2000_0000) >>> 0;
  const lengths = family === 4 ? LENGTHS4 : LENGTHS6;
  const length = isNetwork ? lengths[number % lengths.length]! : family === 4 ? 32 : 64;
  const words = [
    isNetwork ? (high | NETWORK_BIT) >>> 0 : high,
    family === 6 ? Math.imul(number, SPREAD6) >>> 0 : 0,
  ];
  const bits = BigInt.asUintN(64, ~((1n << BigInt(64 - length)) - 1n));
  view.setBigUint64(0, ((BigInt(words[0]!) << 32n) | BigInt(words[1]!)) & bits);
  return { family, bytes, length };
}

/** The prefixes under the numbers below `count`, as a list has them. Throws when some lie within others: then it has fewer. */
export function numberedColumns(count: number, family: 4 | 6, shape: Shape): PrefixColumns {
  const builder = new PrefixColumnsBuilder();
  for (let number = 0; number < count; number++) builder.add(numbered(number, family, shape));
  const columns = builder.finish();
  const { length } = family === 4 ? columns.lengths4 : columns.lengths6;
  if (length !== count)
    throw new RangeError(`of ${count} ${shape} of IPv${family}, a list has only ${length}`);
  return columns;
}
