/** An address as a key: IPv4 as a number, IPv6 as its 16 bytes in a string. */
export type AddressKey = number | string;

/** What the hosts at both ends of a packet make of it; the data plane has a parser of its own, which decides about probes. */
export class Packet {
  readonly source: AddressKey;
  readonly destination: AddressKey;
  /** Undefined: neither, or a later fragment. */
  readonly transport: Tcp | Udp | undefined;
  /** A frame to a group of stations, or ICMPv6 with which they find each other: whose capture it is does not show in it. */
  readonly isOfLink: boolean;
  #sending: string | undefined;
  #receiving: string | undefined;

  constructor(
    source: AddressKey,
    destination: AddressKey,
    transport: Tcp | Udp | undefined,
    isOfLink: boolean,
  ) {
    this.source = source;
    this.destination = destination;
    this.transport = transport;
    this.isOfLink = isOfLink;
  }

  /** The conversation that it belongs to, as the sender sees it: a key. Made once, for it is asked for often. */
  get sending(): string {
    const { sourcePort = 0, port = 0 } = this.transport ?? {};
    this.#sending ??= `${this.source}:${sourcePort}>${this.destination}:${port}`;
    return this.#sending;
  }

  /** The same as the receiver sees it: what it would be if he had sent the packet. */
  get receiving(): string {
    const { sourcePort = 0, port = 0 } = this.transport ?? {};
    this.#receiving ??= `${this.destination}:${port}>${this.source}:${sourcePort}`;
    return this.#receiving;
  }
}

export type Tcp = {
  readonly protocol: 'tcp';
  readonly sourcePort: number;
  readonly port: number;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledged: number;
};

export type Udp = {
  readonly protocol: 'udp';
  readonly sourcePort: number;
  readonly port: number;
  /** It answers whoever has asked to have a name looked up all the way, as hosts ask their resolvers, and resolvers nobody. */
  readonly isResolvers: boolean;
};

export const tcpFlag = { FIN: 0x01, SYN: 0x02, RST: 0x04, ACK: 0x10 } as const;

const ETHERNET_HEADER = 14;
const VLAN_TAG = 4;
const VLAN_TYPES = [0x8100, 0x88a8, 0x9100];
/** As many as the data plane follows, and so of extension headers. */
const MAX_VLAN_TAGS = 64;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const FRAGMENT_OFFSET = 0x1fff;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
const DNS = 53;
/** Of ICMPv6: multicast listeners (RFC 2710, RFC 3810), neighbours and routers (RFC 4861). */
const LINK_MESSAGES = [130, 131, 132, 133, 134, 135, 136, 137, 143];

const FRAGMENT = 44;
const AUTHENTICATION = 51;
/** Extension headers that say their length in units of eight bytes: hop-by-hop, routing, destination, mobility, HIP, shim6. */
const EXTENSIONS = [0, 43, 60, 135, 139, 140];
const MAX_EXTENSIONS = 64;

/** Reads an Ethernet frame; undefined when no IP packet is in it. */
export function readPacket(frame: Uint8Array): Packet | undefined {
  let at = ETHERNET_HEADER;
  if (frame.length < at) return undefined;
  let type = u16(frame, at - 2);
  for (let tags = 0; tags < MAX_VLAN_TAGS && VLAN_TYPES.includes(type); tags++) {
    at += VLAN_TAG;
    if (frame.length < at) return undefined;
    type = u16(frame, at - 2);
  }
  if (type === IPV4) return readIpv4(frame, at);
  return type === IPV6 ? readIpv6(frame, at) : undefined;
}

function readIpv4(frame: Uint8Array, at: number): Packet | undefined {
  if (frame.length < at + IPV4_HEADER || frame[at]! >> 4 !== 4) return undefined;
  const isFirst = (u16(frame, at + 6) & FRAGMENT_OFFSET) === 0;
  const next = at + (frame[at]! & 15) * 4;
  const transport = isFirst ? readTransport(frame, next, frame[at + 9]!) : undefined;
  return new Packet(u32(frame, at + 12), u32(frame, at + 16), transport, isToGroup(frame));
}

function readIpv6(frame: Uint8Array, start: number): Packet | undefined {
  if (frame.length < start + IPV6_HEADER || frame[start]! >> 4 !== 6) return undefined;
  const [source, destination] = [key16(frame, start + 8), key16(frame, start + 24)];
  let next = frame[start + 6]!;
  let at = start + IPV6_HEADER;
  for (let headers = 0; headers < MAX_EXTENSIONS && frame.length >= at + 8; headers++) {
    const size = extensionSize(next, frame[at + 1]!);
    if (size === 0) break;
    if (next === FRAGMENT && u16(frame, at + 2) >> 3 !== 0)
      return new Packet(source, destination, undefined, isToGroup(frame));
    next = frame[at]!;
    at += size;
  }
  const isOfLink = isToGroup(frame) || (next === ICMPV6 && LINK_MESSAGES.includes(frame[at] ?? 0));
  return new Packet(source, destination, readTransport(frame, at, next), isOfLink);
}

/** By the first bit on the wire of its destination: broadcast and multicast. */
const isToGroup = (frame: Uint8Array): boolean => (frame[0]! & 1) === 1;

/** Of the extension header of that type; 0: it is none. */
function extensionSize(type: number, length: number): number {
  if (type === FRAGMENT) return 8;
  if (type === AUTHENTICATION) return (length + 2) * 4;
  return EXTENSIONS.includes(type) ? (length + 1) * 8 : 0;
}

function readTransport(frame: Uint8Array, at: number, protocol: number): Tcp | Udp | undefined {
  if (protocol === TCP && frame.length >= at + 14) {
    return {
      protocol: 'tcp',
      sourcePort: u16(frame, at),
      port: u16(frame, at + 2),
      sequence: u32(frame, at + 4),
      acknowledged: u32(frame, at + 8),
      flags: frame[at + 13]!,
    };
  }
  if (protocol === UDP && frame.length >= at + 4) {
    const [sourcePort, port] = [u16(frame, at), u16(frame, at + 2)];
    return {
      protocol: 'udp',
      sourcePort,
      port,
      isResolvers: sourcePort === DNS && isRecursive(frame, at + 8),
    };
  }
  return undefined;
}

/** A DNS message that is an answer (QR), and to a question that desired recursion (RD): RFC 1035 section 4.1.1. */
const isRecursive = (frame: Uint8Array, at: number): boolean =>
  frame.length >= at + 12 && (frame[at + 2]! & 0x81) === 0x81;

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;

const key16 = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 16));
