import type { Prefix } from '../values/prefix.ts';
import { arrayAt, at, type Json, textAt } from './json.ts';
import {
  type Forwardable,
  forSome,
  forwardableOf,
  type PortRange,
  type Reach,
  withAddress,
  withPorts,
  withProtocols,
} from './reach.ts';

const MAX_PORT = 65_535;

/** What of a packet is compared, as far as it matters here. */
type Field =
  | { readonly kind: 'protocol' | 'address' | 'other' }
  /** `protocol`: only packets of it have that port; undefined: whatever they are of. */
  | { readonly kind: 'port'; readonly protocol: Forwardable | undefined };

/** One field, or several side by side: `meta l4proto . th dport`. */
export type Key = readonly Field[];

/** Undefined: it says nothing of what is asked here. */
export function keyOf(left: Json): Key | undefined {
  const parts = arrayAt(left, 'concat');
  const key = (parts ?? [left]).map(fieldOf);
  return key.every(({ kind }) => kind === 'other') ? undefined : key;
}

function fieldOf(expression: Json): Field {
  const [protocol, field] = [
    textAt(expression, 'payload', 'protocol'),
    textAt(expression, 'payload', 'field'),
  ];
  if (field === 'dport') return { kind: 'port', protocol: forwardableOf(protocol) };
  if (field === 'daddr' && (protocol === 'ip' || protocol === 'ip6')) return { kind: 'address' };
  const isProtocol =
    textAt(expression, 'meta', 'key') === 'l4proto' ||
    (protocol === 'ip' && field === 'protocol') ||
    (protocol === 'ip6' && field === 'nexthdr');
  if (isProtocol) return { kind: 'protocol' };
  if (textAt(expression, 'ct', 'key') === 'proto-dst') return { kind: 'port', protocol: undefined };
  return { kind: 'other' };
}

/** What is left of a reach where something is asked that keyOf() does not know: all of it, for some packets, unless any packet to this host is meant. */
export function narrowByOther(left: Json, reach: Reach): Reach {
  const isAboutDestination =
    textAt(left, 'fib', 'result') === 'type' && `${arrayAt(left, 'fib', 'flags')}` === 'daddr';
  const isFamily = textAt(left, 'meta', 'key') === 'nfproto';
  return isAboutDestination || isFamily ? reach : forSome(reach);
}

/** What is left of a reach where the key is compared with these values. */
export function narrowBy(
  key: Key,
  operator: string,
  values: readonly Json[],
  reach: Reach,
  own: readonly Prefix[],
): readonly Reach[] {
  const [field, ...others] = key;
  if (others.length === 0) return listed(narrowField(field!, operator, values, reach, own));
  if (operator !== '==' && operator !== 'in') return [forSome(reach)];
  return values.flatMap((value) => {
    const parts = arrayAt(value, 'concat') ?? [];
    const left = key.reduce<Reach | undefined>(
      (it, part, index) => it && narrowField(part, '==', [parts[index]], it, own),
      reach,
    );
    return listed(left);
  });
}

const listed = (reach: Reach | undefined): readonly Reach[] => (reach ? [reach] : []);

function narrowField(
  field: Field,
  operator: string,
  values: readonly Json[],
  reach: Reach,
  own: readonly Prefix[],
): Reach | undefined {
  const isEqual = operator === '==' || operator === 'in';
  switch (field.kind) {
    case 'protocol':
      return isEqual ? withProtocols(reach, values) : forSome(reach);
    case 'address':
      return isEqual ? withAddress(reach, values.map(networkText), own) : forSome(reach);
    case 'port': {
      const ofProtocol = field.protocol === undefined ? reach : withProtocols(reach, [field.protocol]);
      const ranges = values.map((value) => rangeOf(value, operator)).filter((range) => range !== undefined);
      const isRead = ranges.length === values.length;
      return ofProtocol && (isRead ? withPorts(ofProtocol, ranges) : forSome(ofProtocol));
    }
    case 'other':
      return forSome(reach);
  }
}

/** Undefined: that cannot be read, or says which ports it is not. */
function rangeOf(value: Json, operator: string): PortRange | undefined {
  const range = arrayAt(value, 'range');
  const [first, last] = range ? range.map(Number) : [Number(value), Number(value)];
  if (!isPort(first) || !isPort(last)) return undefined;
  switch (operator) {
    case '==':
    case 'in':
      return [first, last];
    case '<':
      return [0, first - 1];
    case '<=':
      return [0, first];
    case '>':
      return [first + 1, MAX_PORT];
    case '>=':
      return [first, MAX_PORT];
    default:
      return undefined;
  }
}

const isPort = (number: number | undefined): number is number =>
  number !== undefined && Number.isInteger(number) && number >= 0 && number <= MAX_PORT;

/** An address, or a network; what is neither (a range) may be anything. */
function networkText(value: Json): string {
  const length = at(value, 'prefix', 'len');
  return length === undefined ? String(value) : `${textAt(value, 'prefix', 'addr')}/${length}`;
}
