import { eventLayout } from '../../../src/kernel/wire.generated.ts';
import { formatAddress } from '../../../src/values/prefix.ts';
import { type KindName, kindName, kindNames, type ProtoName, protoName } from './names.ts';
import { decodeRecord, type RecordOf } from './record.ts';

/** An event from the ring, numbers as names and addresses as text. */
export type SentryEvent = Omit<
  RecordOf<typeof eventLayout>,
  'saddr' | 'daddr' | 'kind' | 'kinds' | 'proto'
> & {
  readonly saddr: string;
  readonly daddr: string;
  readonly kind: KindName;
  readonly kinds: readonly KindName[];
  readonly proto: ProtoName;
};

export function decodeEvent(bytes: Uint8Array): SentryEvent {
  const raw = decodeRecord(eventLayout, bytes);
  return {
    ...raw,
    saddr: formatAddress(raw.family, Uint8Array.from(raw.saddr)),
    daddr: formatAddress(raw.family, Uint8Array.from(raw.daddr)),
    kind: kindName(raw.kind),
    kinds: kindNames(raw.kinds),
    proto: protoName(raw.proto),
  };
}
