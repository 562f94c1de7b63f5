import type { ProbeKind } from '../detect/probe.ts';
import type { Traits } from '../detect/traits.ts';
import { formatAddress, maskPrefix, type Prefix } from '../values/prefix.ts';
import type { KernelBlock, Sighting } from './data-plane.ts';
import { kindByNumber, kinds, originByNumber, protocolByNumber } from './names.ts';
import { makeStruct, readBytes, readField, viewOf, writeField } from './struct.ts';
import { ruleOf } from './tagged-rule.ts';
import { blockLayout, eventFlag, eventLayout, prefixLayout, wire } from './wire.generated.ts';

/** Sets of kinds by bit mask. There are 2^13 masks at most, and a handful in practice. */
const kindSets = new Map<number, ReadonlySet<ProbeKind>>();

function kindsOf(mask: number): ReadonlySet<ProbeKind> {
  let set = kindSets.get(mask);
  if (!set) {
    set = new Set(kinds.filter(({ number }) => mask & (1 << number)).map(({ name }) => name));
    kindSets.set(mask, set);
  }
  return set;
}

/** Reads the struct xs_event at `base`; undefined when it holds numbers that no name is known for. `tag` of the rules there are. */
export function decodeEvent(view: DataView, base: number, tag: number): Sighting | undefined {
  const kind = kindByNumber[readField(view, base, eventLayout.kind)];
  const protocol = protocolByNumber[readField(view, base, eventLayout.proto)];
  const family = readField(view, base, eventLayout.family);
  if (!kind || !protocol || (family !== wire.FAMILY_IPV4 && family !== wire.FAMILY_IPV6)) return undefined;

  const address = readBytes(view, base, eventLayout.saddr);
  const flags = readField(view, base, eventLayout.flags);
  const inForceNs = readField(view, base, eventLayout.blockedNs);
  return {
    atNs: readField(view, base, eventLayout.tsNs),
    source: maskPrefix({ family, bytes: address, length: readField(view, base, eventLayout.sourceBits) }),
    address: formatAddress(family, address),
    destination: formatAddress(family, readBytes(view, base, eventLayout.daddr)),
    tcpFlags: readField(view, base, eventLayout.tcpFlags),
    ipOptions: family === wire.FAMILY_IPV4 ? (flags & eventFlag.EVENT_IP_OPTIONS) !== 0 : undefined,
    isAmongDecoys: (flags & eventFlag.EVENT_DECOY) !== 0,
    isIgnored: (flags & eventFlag.EVENT_IGNORED) !== 0,
    protocol,
    port: readField(view, base, eventLayout.dport),
    kind,
    firstNs: readField(view, base, eventLayout.firstNs),
    total: readField(view, base, eventLayout.probes),
    kinds: kindsOf(readField(view, base, eventLayout.kinds)),
    portCount: readField(view, base, eventLayout.portCount),
    traits: traitsOf(view, base, family),
    instantBlock:
      inForceNs > 0 ? { rule: ruleOf(tag, readField(view, base, eventLayout.rule)), inForceNs } : undefined,
  };
}

function traitsOf(view: DataView, base: number, family: number): Traits {
  const headerBytes = readField(view, base, eventLayout.tcpHeader);
  return {
    sourcePort: readField(view, base, eventLayout.sport),
    ipId: family === wire.FAMILY_IPV4 ? readField(view, base, eventLayout.ipId) : undefined,
    ttl: readField(view, base, eventLayout.ttl),
    tcp:
      headerBytes === 0
        ? undefined
        : {
            sequence: readField(view, base, eventLayout.tcpSeq),
            window: readField(view, base, eventLayout.tcpWindow),
            headerBytes,
          },
  };
}

/** A prefix as struct xs_prefix. */
export function encodePrefix(prefix: Prefix): Uint8Array {
  return makeStruct(prefixLayout.size, (view) => {
    writeField(view, 0, prefixLayout.bits, wire.FAMILY_BITS + prefix.length);
    writeField(view, 0, prefixLayout.family, prefix.family);
    readBytes(view, 0, prefixLayout.addr).set(prefix.bytes);
  });
}

export function decodePrefix(key: Uint8Array): Prefix {
  const view = viewOf(key);
  return {
    family: readField(view, 0, prefixLayout.family) === wire.FAMILY_IPV6 ? 6 : 4,
    bytes: readBytes(view, 0, prefixLayout.addr).slice(),
    length: readField(view, 0, prefixLayout.bits) - wire.FAMILY_BITS,
  };
}

export function decodeBlock(prefix: Prefix, value: Uint8Array, tag: number): KernelBlock {
  const view = viewOf(value);
  const orUndefined = (number: number) => (number === 0 ? undefined : number);
  return {
    prefix,
    origin: originByNumber[readField(view, 0, blockLayout.origin)] ?? 'local',
    addedNs: readField(view, 0, blockLayout.addedNs),
    expiresNs: orUndefined(readField(view, 0, blockLayout.expiresNs)),
    rule: ruleOf(tag, readField(view, 0, blockLayout.rule)),
    packets: readField(view, 0, blockLayout.packets),
    bytes: readField(view, 0, blockLayout.bytes),
    lastSeenNs: orUndefined(readField(view, 0, blockLayout.lastSeenNs)),
  };
}
