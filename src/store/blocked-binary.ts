import { canonicalAddress } from '../values/address.ts';
import { formatAddress, parsePrefix } from '../values/prefix.ts';
import type { BlockedEntry, BlockedFormat } from './blocked-format.ts';
import { unhurried } from './unhurried.ts';

/** sa_family_t as Linux numbers it, two bytes. PortSentry writes it as the machine has it: the low one first. */
const FAMILY_BYTES = 2;
const FAMILIES = [
  { number: 2, family: 4, length: 4 },
  { number: 10, family: 6, length: 16 },
] as const;

/** Version 2: the family and the bytes of each address, and nothing else. What follows a broken record cannot be found again. */
export const blockedBinary: BlockedFormat = {
  hasTimes: false,
  async read(bytes) {
    const entries: BlockedEntry[] = [];
    let end = 0;
    await unhurried(recordsOf(bytes), (record) => {
      entries.push({ address: addressOf(record), atMs: undefined, port: undefined, protocol: undefined });
      end += record.length;
    });
    const fault = faultAt(bytes, end);
    if (fault === undefined) return { entries, faults: [], isWhole: true, isForeign: false };
    const faults = [`${fault} at byte ${end}: what stands before it counts`];
    return { entries, faults, isWhole: false, isForeign: end === 0 && fault === NO_FAMILY };
  },
  records: recordsOf,
  isOfOneOf: (record, addresses) => addresses.has(addressOf(record)),
  write({ address }) {
    const prefix = parsePrefix(address);
    const kind = FAMILIES.find(({ family }) => family === prefix?.family);
    if (!prefix || !kind) throw new TypeError(`"${address}" is no address`);
    return Buffer.from([kind.number, 0, ...prefix.bytes.subarray(0, kind.length)]);
  },
};

const NO_FAMILY = 'there is no family of addresses';
const CUT_OFF = 'a record is cut off';

/** Those before the first broken one. */
function* recordsOf(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length && faultAt(bytes, at) === undefined; ) {
    const end = at + FAMILY_BYTES + kindAt(bytes, at)!.length;
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** What keeps a record from being read there; undefined when there is one, or the end of the file. */
function faultAt(bytes: Buffer, at: number): string | undefined {
  const left = bytes.length - at;
  if (left === 0) return undefined;
  if (left < FAMILY_BYTES) return CUT_OFF;
  const kind = kindAt(bytes, at);
  if (!kind) return NO_FAMILY;
  return left < FAMILY_BYTES + kind.length ? CUT_OFF : undefined;
}

function kindAt(bytes: Buffer, at: number): (typeof FAMILIES)[number] | undefined {
  const number = bytes.readUInt16LE(at);
  return FAMILIES.find((each) => each.number === number);
}

function addressOf(record: Buffer): string {
  const { family } = kindAt(record, 0)!;
  const text = formatAddress(family, record.subarray(FAMILY_BYTES));
  if (family === 4) return text;
  const address = canonicalAddress(text); // an IPv4-mapped one is IPv4
  if (!address) throw new TypeError('formatAddress writes what canonicalAddress reads');
  return address;
}
