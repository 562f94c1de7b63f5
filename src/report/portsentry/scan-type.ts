import type { PacketFacts } from '../event.ts';

/** Bits of the flags byte, RFC 9293 section 3.1; ECE and CWR are above them. */
const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const PSH = 0x08;
const ACK = 0x10;
const URG = 0x20;
const SIX = FIN | SYN | RST | PSH | ACK | URG;

/**
 * PortSentry's name for a TCP packet. Its tests come in this order, so that SYN, FIN, URG and PSH together are an XMAS
 * scan. Of a first fragment that ends before the flags, which PortSentry never saw as such, nobody knows more.
 */
export function tcpScanType(packet: Pick<PacketFacts, 'kind' | 'tcpFlags'>, style: '1.2' | '2'): string {
  if (packet.kind === 'fragment') return 'TCP Fragment scan';
  const flags = packet.tcpFlags & SIX;
  const isNull = style === '1.2' ? flags === 0 : packet.tcpFlags === 0; // 2.x has a closer look: ECE alone is no NULL scan
  if (isNull) return 'TCP NULL scan';
  if ((flags & (FIN | URG | PSH)) === (FIN | URG | PSH)) return 'TCP XMAS scan';
  if (flags === FIN) return 'TCP FIN scan';
  if (flags === SYN) return 'TCP SYN/Normal scan';
  return `Unknown Type: TCP Packet Flags: ${flagsText(flags)}`;
}

const flagsText = (flags: number): string =>
  Object.entries({ SYN, FIN, ACK, PSH, URG, RST })
    .map(([name, bit]) => `${name}: ${flags & bit ? 1 : 0}`)
    .join(' ');
