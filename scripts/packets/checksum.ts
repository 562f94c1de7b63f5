import { be16, be32, concat, type IpAddresses } from './layer.ts';

/** The Internet checksum (RFC 1071). */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return ~sum & 0xffff;
}

/** Checksum of a transport segment with the pseudo header of its IP version in front; without IP, of the segment alone. */
export function transportChecksum(
  ip: IpAddresses | undefined,
  protocol: number,
  segment: Uint8Array,
): number {
  if (!ip) return internetChecksum(segment);
  const tail =
    ip.src.length === 4
      ? [0, protocol, ...be16(segment.length)]
      : [...be32(segment.length), ...be32(protocol)];
  return internetChecksum(concat(ip.src, ip.dst, tail, segment));
}

const CRC32C_POLYNOMIAL = 0x82f63b78; // Castagnoli, bits reversed

/** CRC-32C as SCTP has it (RFC 9260 appendix A). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC32C_POLYNOMIAL : crc >>> 1;
  }
  return ~crc >>> 0;
}
