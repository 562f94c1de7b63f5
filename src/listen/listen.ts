import type { Protocol } from '../detect/probe.ts';
import type { PortSet } from '../values/ports.ts';
import type { Contact, Listener } from './contact.ts';
import { listenTcp } from './tcp.ts';
import { listenUdp } from './udp.ts';

export type ListenOptions = {
  readonly tcp: PortSet;
  readonly udp: PortSet;
  /** Sent to whoever comes, as it is, before the connection is closed. */
  readonly banner: string | undefined;
  /** Called before the banner is sent. */
  readonly onContact: (contact: Contact) => void;
};

export type Listening = {
  /** Ports that could not be had, with the reason. */
  readonly refused: readonly { readonly protocol: Protocol; readonly port: number; readonly reason: string }[];
  close(): Promise<void>;
};

/** Ports that are opened at one time. */
const BATCH = 256;

/**
 * Listens at all these ports, for IPv4 and IPv6. A TCP contact is a completed handshake, a UDP contact any datagram. What
 * others hold already is answered as refused; the rest is listened at.
 */
export async function listen({ tcp, udp, banner, onContact }: ListenOptions): Promise<Listening> {
  const wanted = [
    ...[...tcp].map((port) => ({ protocol: 'tcp', port, open: listenTcp }) as const),
    ...[...udp].map((port) => ({ protocol: 'udp', port, open: listenUdp }) as const),
  ];
  const listeners: Listener[] = [];
  const refused: Listening['refused'][number][] = [];
  for (let start = 0; start < wanted.length; start += BATCH) {
    const batch = wanted.slice(start, start + BATCH).map(async ({ protocol, port, open }) => {
      try {
        listeners.push(await open(port, banner, onContact));
      } catch (error) {
        refused.push({ protocol, port, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
      }
    });
    await Promise.all(batch);
  }
  return {
    refused: refused.sort((a, b) => a.port - b.port),
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}
