import type { Protocol } from '../detect/probe.ts';

/** Somebody has reached a port at which nothing but the sentry listens. */
export type Contact = {
  readonly protocol: Protocol;
  readonly port: number;
  /** Of the peer, and which address of this host it came to; IPv4 addresses in dotted text. */
  readonly address: string;
  readonly destination: string;
};

/** One bound port. */
export type Listener = { close(): Promise<void> };
