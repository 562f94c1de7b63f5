import { SAME_32, type Sign, type TcpLook } from './mark.ts';

/**
 * Bots of the Mirai family write the address of the target into the sequence number, and know by that what answers (scanner.c of the published
 * source: `tcph->seq = iph->daddr`, both in network order). Behind a NAT the target's address is another one: there they have no mark. They know
 * no IPv6.
 */
export const miraiSign = ({ kind, address4, sequence }: TcpLook): Sign =>
  kind === 'syn' && sequence === address4 ? SAME_32 : undefined;
