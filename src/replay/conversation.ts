import type { AddressKey } from './packet.ts';

/** A conversation, seen from one of its ends. */
export const conversation = (
  local: AddressKey,
  localPort: number,
  remote: AddressKey,
  remotePort: number,
): string => `${local}:${localPort}>${remote}:${remotePort}`;
