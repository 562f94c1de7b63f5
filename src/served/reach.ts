import { contains, type Prefix, parsePrefix } from '../values/prefix.ts';

/** Protocols whose ports can be forwarded. */
export const forwardable = ['tcp', 'udp', 'sctp'] as const;
export type Forwardable = (typeof forwardable)[number];

const NUMBERS: Readonly<Record<string, Forwardable>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };

/** By its name or its number; undefined: it has no ports, or none that anybody monitors. */
export const forwardableOf = (protocol: unknown): Forwardable | undefined =>
  forwardable.find((name) => name === protocol) ?? NUMBERS[String(protocol)];

/** First and last port. */
export type PortRange = readonly [number, number];

/** Which packets to this host get as far as a rule. */
export type Reach = {
  readonly protocols: readonly Forwardable[];
  /** Undefined: all of them. */
  readonly ports: readonly PortRange[] | undefined;
  /** Only some of these packets do: those of a source or of an interface, or of whatever else was asked on the way and is not understood here. */
  readonly isForSome: boolean;
};

export const EVERYTHING: Reach = { protocols: forwardable, ports: undefined, isForSome: false };

export const forSome = (reach: Reach): Reach => ({ ...reach, isForSome: true });

/** Undefined: there is no such packet. */
export function withProtocols(reach: Reach, wanted: readonly unknown[]): Reach | undefined {
  const named = wanted.map(forwardableOf);
  const protocols = reach.protocols.filter((it) => named.includes(it));
  return protocols.length === 0 ? undefined : { ...reach, protocols };
}

/** Undefined: there is no such packet. */
export function withPorts(reach: Reach, wanted: readonly PortRange[]): Reach | undefined {
  const ports =
    reach.ports === undefined
      ? wanted
      : reach.ports.flatMap(([first, last]) =>
          wanted
            .map(([from, to]): PortRange => [Math.max(first, from), Math.min(last, to)])
            .filter(([from, to]) => from <= to),
        );
  return ports.length === 0 ? undefined : { ...reach, ports };
}

/** Undefined: no packet to this host goes there. What is for others is routed, and no probe in any case. */
export function withAddress(
  reach: Reach,
  wanted: readonly string[],
  own: readonly Prefix[],
): Reach | undefined {
  const networks = wanted.map((text) => parsePrefix(text));
  const isMeant = networks.some((network) => !network || own.some((address) => contains(network, address)));
  return isMeant ? reach : undefined;
}
