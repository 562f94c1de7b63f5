import { type Protocol, protocols } from './probe.ts';

/** A port of a protocol. */
export type Port = { readonly protocol: Protocol; readonly port: number };

const PROTOCOL_SHIFT = 16;

/** A port as one number, below 2^19. */
export const portKey = ({ protocol, port }: Port): number =>
  (protocols.indexOf(protocol) << PROTOCOL_SHIFT) | port;

export const portOf = (key: number): Port => ({
  protocol: protocols[key >> PROTOCOL_SHIFT]!,
  port: key & ((1 << PROTOCOL_SHIFT) - 1),
});
