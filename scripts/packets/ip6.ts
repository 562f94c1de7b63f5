import { ip6Bytes } from './address.ts';
import { be16, be32, concat, type Layer, nextHeader } from './layer.ts';

export type Ip6Fields = {
  readonly src?: string;
  readonly dst?: string;
  readonly version?: number;
  readonly hopLimit?: number;
  readonly payloadLength?: number;
  readonly next?: number;
};

export type FragmentFields = {
  /** In 8-byte units, as on the wire. */
  readonly offset?: number;
  readonly more?: boolean;
  /** The byte where other extension headers have their length. */
  readonly reserved?: number;
  readonly next?: number;
  readonly id?: number;
};

/** Numbers of the extension headers that have a length in 8-byte units behind the first 8 bytes. */
export const EXT = {
  hopByHop: 0,
  routing: 43,
  destOptions: 60,
  mobility: 135,
  hip: 139,
  shim6: 140,
} as const;

const OPTION_PADN = 1;
const AH_ICV_BYTES = 12; // HMAC-SHA-1-96 and alike

/** IPv6 (RFC 8200). */
export function ip6Layer(fields: Ip6Fields): Layer {
  const src = ip6Bytes(fields.src ?? '2001:db8:7::7');
  const dst = ip6Bytes(fields.dst ?? '2001:db8::1');
  return {
    etherType: 0x86dd,
    protocol: 41,
    addresses: { src, dst },
    encode: (around) =>
      concat(
        be32((fields.version ?? 6) << 28),
        be16(fields.payloadLength ?? around.payload.length),
        [fields.next ?? nextHeader(around), fields.hopLimit ?? 64],
        src,
        dst,
        around.payload,
      ),
  };
}

/** An extension header of `totalBytes` (a multiple of 8), filled with one padding option. */
export function extLayer(protocol: number, totalBytes: number): Layer {
  if (totalBytes < 8 || totalBytes % 8 !== 0 || totalBytes > 2048) {
    throw new RangeError(`an extension header has 8 to 2048 bytes in steps of 8, not ${totalBytes}`);
  }
  const padding = new Uint8Array(totalBytes - 2);
  // The longest padding option has 2 + 255 bytes: longer headers take several.
  for (let at = 0; at < padding.length; ) {
    const size = Math.min(257, padding.length - at);
    if (size >= 2) padding.set([OPTION_PADN, size - 2], at);
    at += size;
  }
  return {
    protocol,
    encode: (around) => concat([nextHeader(around), totalBytes / 8 - 1], padding, around.payload),
  };
}

/** A routing header with one address, which has been visited. */
export function routingLayer(): Layer {
  const rest = concat([0, 0, 0, 0, 0, 0], ip6Bytes('2001:db8::2'));
  return {
    protocol: EXT.routing,
    encode: (around) => concat([nextHeader(around), 2], rest, around.payload),
  };
}

/** An authentication header (RFC 4302): its length counts 4-byte words, less 2. */
export function authLayer(): Layer {
  const icv = new Uint8Array(AH_ICV_BYTES).fill(0xaa);
  const words = (12 + icv.length) / 4;
  return {
    protocol: 51,
    encode: (around) =>
      concat([nextHeader(around), words - 2, 0, 0], be32(0x100), be32(1), icv, around.payload),
  };
}

/** A fragment header. */
export function fragmentLayer(fields: FragmentFields): Layer {
  const word = ((fields.offset ?? 0) << 3) | (fields.more ? 1 : 0);
  return {
    protocol: 44,
    encode: (around) =>
      concat(
        [fields.next ?? nextHeader(around), fields.reserved ?? 0],
        be16(word),
        be32(fields.id ?? 0x1234),
        around.payload,
      ),
  };
}
