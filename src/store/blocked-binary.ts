import { canonicalAddress } from '../values/address.ts';
import { formatAddress, parsePrefix } from '../values/prefix.ts';
import type { BlockedFormat, BlockedRecord } from './blocked-format.ts';

/** sa_family_t as Linux numbers it, two bytes. PortSentry writes it as the machine has it: the low one first. */
const FAMILY_BYTES = 2;
const FAMILIES = [
  { number: 2, family: 4, length: 4 },
  { number: 10, family: 6, length: 16 },
] as const;

/** Version 2: the family and the bytes of each address, and nothing else. What follows a broken record cannot be found again. */
export const blockedBinary: BlockedFormat = {
  read(bytes) {
    const records: BlockedRecord[] = [];
    let at = 0;
    while (at < bytes.length) {
      const record = recordAt(bytes, at);
      if (typeof record === 'string') {
        const fault = `${record} at byte ${at}: what stands before it counts`;
        return { records, faults: [fault], isWhole: false, isForeign: at === 0 && record === NO_FAMILY };
      }
      records.push(record);
      at += record.bytes.length;
    }
    return { records, faults: [], isWhole: true, isForeign: false };
  },
  write({ address }) {
    const prefix = parsePrefix(address);
    const kind = FAMILIES.find(({ family }) => family === prefix?.family);
    if (!prefix || !kind) throw new TypeError(`"${address}" is no address`);
    return Buffer.from([kind.number, 0, ...prefix.bytes.subarray(0, kind.length)]);
  },
};

const NO_FAMILY = 'there is no family of addresses';
const CUT_OFF = 'a record is cut off';

function recordAt(bytes: Buffer, at: number): BlockedRecord | string {
  if (bytes.length - at < FAMILY_BYTES) return CUT_OFF;
  const number = bytes.readUInt16LE(at);
  const kind = FAMILIES.find((each) => each.number === number);
  if (!kind) return NO_FAMILY;
  const start = at + FAMILY_BYTES;
  const end = start + kind.length;
  if (end > bytes.length) return CUT_OFF;
  const address = canonicalAddress(formatAddress(kind.family, bytes.subarray(start, end)));
  if (!address) throw new TypeError('formatAddress writes what canonicalAddress reads');
  return {
    bytes: bytes.subarray(at, end),
    entry: { address, atMs: undefined, port: undefined, protocol: undefined },
  };
}
