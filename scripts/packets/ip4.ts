import { ip4Bytes } from './address.ts';
import { internetChecksum } from './checksum.ts';
import { be16, concat, type Layer, nextHeader } from './layer.ts';

export type Ip4Fields = {
  readonly src?: string;
  readonly dst?: string;
  readonly version?: number;
  /** Header length in 4-byte words. 6 to 15 without `options` fills up with no-operations. */
  readonly ihl?: number;
  /** Option bytes; filled up to whole words with zeros. */
  readonly options?: readonly number[];
  readonly totalLength?: number;
  readonly id?: number;
  /** In 8-byte units, as on the wire. */
  readonly fragOffset?: number;
  readonly moreFragments?: boolean;
  readonly dontFragment?: boolean;
  readonly ttl?: number;
  readonly protocol?: number;
};

const MIN_WORDS = 5;
const OPTION_NOP = 1;

/** IPv4 (RFC 791). */
export function ip4Layer(fields: Ip4Fields): Layer {
  const src = ip4Bytes(fields.src ?? '198.51.100.7');
  const dst = ip4Bytes(fields.dst ?? '192.0.2.1');
  const options = optionBytes(fields);
  const ihl = fields.ihl ?? MIN_WORDS + options.length / 4;
  const fragmentWord =
    (fields.dontFragment ? 0x4000 : 0) | (fields.moreFragments ? 0x2000 : 0) | (fields.fragOffset ?? 0);

  return {
    etherType: 0x0800,
    protocol: 4,
    addresses: { src, dst },
    encode: (around) => {
      const header = concat(
        [((fields.version ?? 4) << 4) | ihl, 0],
        be16(fields.totalLength ?? MIN_WORDS * 4 + options.length + around.payload.length),
        be16(fields.id ?? 0),
        be16(fragmentWord),
        [fields.ttl ?? 64, fields.protocol ?? nextHeader(around), 0, 0],
        src,
        dst,
        options,
      );
      header.set(be16(internetChecksum(header)), 10);
      return concat(header, around.payload);
    },
  };
}

function optionBytes(fields: Ip4Fields): number[] {
  if (!fields.options)
    return new Array<number>(Math.max(0, (fields.ihl ?? 0) - MIN_WORDS) * 4).fill(OPTION_NOP);
  const missing = (4 - (fields.options.length % 4)) % 4;
  return [...fields.options, ...new Array<number>(missing).fill(0)];
}
