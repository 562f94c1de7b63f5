/** Frames as Linux captures them on `any`: with a header of its own in the place of the link's. */
import { be16 } from '../../scripts/packets/layer.ts';

const ARPHRD_ETHER = 1;
const ADDRESS = [6, 0x02, 0, 0, 0, 0, 2, 0, 0];

/** LINKTYPE_LINUX_SLL. `packetType` 0: to us, 1: broadcast, 2: multicast. */
export const cooked = (protocol: number, payload: Uint8Array, packetType = 0): Uint8Array =>
  Uint8Array.from([...be16(packetType), ...be16(ARPHRD_ETHER), 0, ...ADDRESS, ...be16(protocol), ...payload]);

/** LINKTYPE_LINUX_SLL2. */
export const cooked2 = (protocol: number, payload: Uint8Array, packetType = 0): Uint8Array =>
  Uint8Array.from([
    ...be16(protocol),
    ...[0, 0, 0, 0, 0, 3],
    ...be16(ARPHRD_ETHER),
    packetType,
    ...ADDRESS,
    ...payload,
  ]);
