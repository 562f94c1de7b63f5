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

export type ListenerOptions = {
  /** Sent to whoever comes, as it is, before the connection is closed. */
  readonly banner: string | undefined;
  /** Called before the banner is sent. */
  readonly onContact: (contact: Contact) => void;
  /** Told of contacts that nobody knows anything of. */
  readonly warn: (text: string) => void;
};
