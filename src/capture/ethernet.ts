import { linkTypes } from './link-type.ts';

const ETHERNET_HEADER = 14;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** Locally administered, and nobody's: it stands for whoever captured. */
const STATION = [0x02, 0, 0, 0, 0, 0x01];
const GROUP = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
/** Packet types of Linux cooked captures that went to a group of stations: broadcast and multicast. */
const GROUP_TYPES = [1, 2];

/** Linux cooked headers: how long they are, and where in them protocol and packet type stand. */
const cookedLayouts = new Map([
  [linkTypes.cooked as number, { header: 16, protocol: 14, type: 0, typeBytes: 2 }],
  [linkTypes.cooked2 as number, { header: 20, protocol: 0, type: 10, typeBytes: 1 }],
]);

/**
 * Writes the frame to `target` as an Ethernet frame, as far as there is room; what comes without Ethernet gets a header that is made
 * up. Answers its length.
 */
export function writeEthernet(linkType: number, bytes: Uint8Array, target: Uint8Array): number {
  if (linkType === linkTypes.ethernet) return copy(bytes, 0, target, 0);
  const cooked = cookedLayouts.get(linkType);
  if (!cooked) return writeHeaderless(bytes, target);
  if (bytes.length < cooked.header) return 0;
  const type = bytes[cooked.type + cooked.typeBytes - 1]!;
  const protocol = (bytes[cooked.protocol]! << 8) | bytes[cooked.protocol + 1]!;
  writeHeader(target, GROUP_TYPES.includes(type) ? GROUP : STATION, protocol);
  return copy(bytes, cooked.header, target, ETHERNET_HEADER);
}

function writeHeaderless(bytes: Uint8Array, target: Uint8Array): number {
  const version = bytes.length === 0 ? 0 : bytes[0]! >> 4;
  writeHeader(target, STATION, version === 4 ? IPV4 : version === 6 ? IPV6 : 0);
  return copy(bytes, 0, target, ETHERNET_HEADER);
}

function writeHeader(target: Uint8Array, to: readonly number[], protocol: number): void {
  target.set(to, 0);
  target.fill(0, 6, 12);
  target[12] = protocol >> 8;
  target[13] = protocol & 0xff;
}

/** Answers where the copy ends. */
function copy(from: Uint8Array, fromStart: number, to: Uint8Array, toStart: number): number {
  const count = Math.min(from.length - fromStart, to.length - toStart);
  to.set(from.subarray(fromStart, fromStart + count), toStart);
  return toStart + count;
}
