import type { ProbeKind } from '../probe.ts';

/** A packet with ports, as the marks of tools are looked for in it. */
export type Look = {
  readonly kind: ProbeKind;
  /** Text of the address that it went to. */
  readonly destination: string;
  /** The same as a number; undefined: IPv6. */
  readonly address4: number | undefined;
  readonly port: number;
  readonly sourcePort: number;
  /** Undefined: IPv6, which has none. */
  readonly ipId: number | undefined;
  readonly ttl: number;
};

/** One of TCP. */
export type TcpLook = Look & {
  readonly sequence: number;
  readonly window: number;
  readonly headerBytes: number;
};

/**
 * How likely it is that a packet of somebody else has the mark that was found in this one. An unrelated sender is taken to fill the fields
 * that are compared (identification, sequence number, source port) at random, each value as likely as the others and whatever it filled in
 * before: so do the stacks of today for what they connect to anew (RFC 6528 for sequence numbers, RFC 6056 for ports, RFC 7739's reasoning
 * for identifications).
 */
export type Odds = number;

/** Two values of 16 or 32 bits are the same by chance. */
export const SAME_16 = 2 ** -16;
export const SAME_32 = 2 ** -32;

/** Of a sign that is no number drawn at random but the habit of a stack, nobody knows how many others have it. */
export const HABIT = 'habit';

/** What one packet says: the odds, or that it only looks like the tool; undefined: nothing. */
export type Sign = Odds | typeof HABIT | undefined;

/** They went to different places: a packet that was sent again says nothing new. */
export const areApart = (one: Look, other: Look): boolean =>
  one.port !== other.port || one.destination !== other.destination;

/** All bits of both, without a sign. */
export const xor = (...values: readonly number[]): number =>
  values.reduce((mixed, value) => mixed ^ value, 0) >>> 0;

export const low16 = (value: number): number => value & 0xffff;
export const high16 = (value: number): number => value >>> 16;
