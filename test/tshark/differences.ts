import type { Parsed } from './parser.ts';
import type { Reading } from './reading.ts';
import type { Dissected } from './tshark.ts';

/** A frame as the data plane sees it, and as tshark does. */
export type Frame = {
  /** From the Ethernet header on. */
  readonly bytes: Uint8Array;
  readonly parsed: Parsed;
  readonly dissected: Dissected;
  /** In what they differ. */
  readonly fields: readonly (keyof Reading)[];
};

type Difference = {
  readonly says: string;
  /** Why the data plane is right to see it otherwise. */
  readonly why: string;
  readonly is: (frame: Frame) => boolean;
};

/** What IP may be wrapped in, other than VLAN tags. */
const WRAPPING = /:(mpls|pppoes|cfp|vntag):/;
const OUTERMOST_IP = /(?<=:)ip(v6)?(:|$)/;
/** What tshark says of a header that it could not read to its end. */
const BROKEN = /Malformed|Bogus|exceeds packet length/;
/** What stands in a TCP header behind the ports. */
const BEHIND_PORTS: readonly (keyof Reading)[] = ['flags', 'sequence', 'window', 'headerBytes'];
const UNREAD: readonly Parsed['outcome'][] = ['PASS_TRUNCATED', 'PASS_BAD_HEADER'];
const SCTP = 132;
const TOTAL_LENGTH = 14 + 2;

/** Where the data plane and tshark read a frame differently on purpose. */
export const differences: readonly Difference[] = [
  {
    says: 'IP within MPLS, PPPoE, FabricPath or VN-Tag',
    why: 'no host takes such a frame for IP; a device that unwraps it, like ppp0, can be watched itself',
    is: ({ parsed, dissected }) =>
      parsed.outcome === 'PASS_NOT_IP' && WRAPPING.test(dissected.layers.split(OUTERMOST_IP, 1)[0]!),
  },
  {
    says: 'an IPv4 total length of 0',
    why: 'captured on its way out, before the network card cut it into segments; no host takes it from the wire',
    is: ({ bytes, parsed }) =>
      parsed.outcome === 'PASS_BAD_HEADER' && bytes[TOTAL_LENGTH] === 0 && bytes[TOTAL_LENGTH + 1] === 0,
  },
  {
    says: 'a header that is cut off or cannot be',
    why: 'tshark tells what stands before the break; the data plane believes a header as a whole or not at all',
    is: ({ parsed, dissected }) => UNREAD.includes(parsed.outcome) && BROKEN.test(dissected.remarks),
  },
  {
    says: 'an option that reaches beyond its extension header',
    why: 'tshark stops there; the data plane goes by the length of the header, and what comes behind it is a probe',
    is: ({ parsed, dissected }) =>
      parsed.outcome === undefined &&
      dissected.layers.endsWith(':ipv6.dstopts') &&
      BROKEN.test(dissected.remarks),
  },
  {
    says: 'SCTP without a chunk',
    why: 'chunks are what SCTP sends (RFC 9260): without any, it is a probe of the protocol, whatever ports stand there',
    is: ({ parsed, dissected }) =>
      parsed.outcome === undefined &&
      parsed.port === undefined &&
      dissected.protocol === SCTP &&
      dissected.chunk === undefined,
  },
  {
    says: 'a first fragment that ends within the TCP header, behind the flags',
    why: 'its ports are enough: it is a probe of the kind `fragment`, whatever its flags are',
    is: ({ parsed, fields }) =>
      parsed.isShort === true && fields.every((field) => BEHIND_PORTS.includes(field)),
  },
];
