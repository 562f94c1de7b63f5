import { areApart, SAME_32, type Sign, type TcpLook, xor } from './mark.ts';

/**
 * unicornscan's sequence number is a key of the run, mixed with target and ports (src/unilib/tcphash.h, as src/scan_progs/send_packet.c uses it:
 * `syn_key ^ (s_addr ^ ((rport << 16) + local_port))`). The address is in network order and taken as a number of the scanner's, so on most machines its
 * bytes are the other way round. Two packets to different places give the same key. It knows no IPv6. `before`: the last packet of the source that went elsewhere.
 */
export function unicornscanSign(look: TcpLook, before: TcpLook | undefined): Sign {
  if (!before || !areApart(look, before)) return undefined;
  const { address4 } = look;
  if (address4 === undefined || before.address4 === undefined) return undefined;
  // Who writes the target into the sequence number, or always the same, leaves ports or nothing as the key.
  if (look.sequence === address4 || look.sequence === before.sequence) return undefined;
  const isKept = (order: (address: number) => number) =>
    keyOf(look, order(address4)) === keyOf(before, order(before.address4!));
  return isKept(reversed) || isKept((address) => address) ? 2 * SAME_32 : undefined;
}

const keyOf = ({ sequence, port, sourcePort }: TcpLook, address: number): number =>
  xor(sequence, address, ((port << 16) | sourcePort) >>> 0);

const reversed = (value: number): number =>
  ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
