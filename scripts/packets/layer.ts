/** The addresses and the family that transport checksums cover. */
export type IpAddresses = { readonly src: Uint8Array; readonly dst: Uint8Array };

/** What a layer needs to know of its neighbours. */
export type Surroundings = {
  /** Everything behind this layer's header, finished. */
  readonly payload: Uint8Array;
  /** The layer behind this one. */
  readonly next: Layer | undefined;
  /** The closest IP layer in front. */
  readonly ip: IpAddresses | undefined;
};

/** One header, or a run of bytes. */
export type Layer = {
  /** By which Ethernet announces it. */
  readonly etherType?: number;
  /** By which IP announces it. */
  readonly protocol?: number;
  /** Of an IP layer: what the layers behind it put in their checksums. */
  readonly addresses?: IpAddresses;
  /** The finished header with its payload behind it. */
  readonly encode: (around: Surroundings) => Uint8Array;
};

/** What Ethernet announces where nothing says better: local experimental ethertype 1 (IEEE 802). */
export const ETHERTYPE_EXPERIMENTAL = 0x88b5;
/** What IP announces where nothing says better: for experiments (RFC 3692). */
export const PROTOCOL_EXPERIMENTAL = 253;
/** IPv6: nothing follows (RFC 8200 section 4.7). */
export const NO_NEXT_HEADER = 59;

/** The number that announces the layer behind: its own, or one for experiments, or none at all. */
export function nextHeader(around: Surroundings): number {
  return around.next ? (around.next.protocol ?? PROTOCOL_EXPERIMENTAL) : NO_NEXT_HEADER;
}

/** A layer cut to its first bytes, before the layers in front fill in their lengths. */
export function cut(layer: Layer, bytes: number): Layer {
  return { ...layer, encode: (around) => layer.encode(around).slice(0, bytes) };
}

/** Joins runs of bytes. */
export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Big-endian bytes of a 16-bit number. */
export const be16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];
/** Big-endian bytes of a 32-bit number. */
export const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value)];
