import type { DestinationKeys } from './destination-keys.ts';
import { low16, SAME_16, type Sign, type TcpLook, xor } from './mark.ts';

/**
 * masscan's identification is its target's address, port and sequence number, mixed (robertdavidgraham/masscan, src/templ-pkt.c:
 * `ip_id = ip_them ^ port_them ^ seqno`, from the first release on). So the other three give the low half of the address, as masscan knows it: the
 * one that the packet has, or, where a NAT has changed that on the way, another one, which is always the same and can be learned. In IPv6 there is
 * no identification, and nothing else of masscan's (its sequence number is a keyed hash): there it has no mark.
 */
export function masscanSign(look: TcpLook, keys: DestinationKeys): Sign {
  const { kind, address4, ipId, port, sequence } = look;
  if (kind !== 'syn' || address4 === undefined || ipId === undefined) return undefined;
  const key = xor(ipId, port, low16(sequence));
  const isHit = key === low16(address4) || keys.learn(key, sequence);
  return isHit ? SAME_16 * (1 + keys.known) : undefined;
}
