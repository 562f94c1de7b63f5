import type { Transport } from '../detect/probe.ts';
import type { TcpListener } from '../kernel/tcp-listener.ts';

/** Somebody has reached a port at which nothing but the sentry listens. */
export type Contact = {
  readonly protocol: Transport;
  readonly port: number;
  /** Of the peer, and which address of this host it came to; IPv4 addresses in dotted text. */
  readonly address: string;
  readonly destination: string;
};

/** One bound port. */
export type Listener = { close(): Promise<void> };

export type ListenerOptions = {
  /** Sent to whoever comes, as it is, before the connection is closed; asked for each time. */
  readonly banner: () => string | undefined;
  /** Called before the banner is sent. */
  readonly onContact: (contact: Contact) => void;
  /** Opens the socket of a TCP port: `TcpListener.listen`. */
  readonly openTcp: (
    place: { readonly host: string; readonly port: number },
    onReadable: () => void,
  ) => Pick<TcpListener, 'accept' | 'pause' | 'resume' | 'close'>;
  /** Told, now and then, of what keeps visitors waiting. */
  readonly warn: (text: string) => void;
};
