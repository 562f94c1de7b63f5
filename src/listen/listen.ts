import type { Protocol } from '../detect/probe.ts';
import type { PortSet } from '../values/ports.ts';
import type { Listener, ListenerOptions } from './contact.ts';
import { seldom } from './seldom.ts';
import { listenTcp } from './tcp.ts';
import { listenUdp } from './udp.ts';

export type ListenOptions = ListenerOptions & { readonly tcp: PortSet; readonly udp: PortSet };

export type Listening = {
  /** Ports that could not be had, with the reason. */
  readonly refused: readonly {
    readonly protocol: Protocol;
    readonly port: number;
    readonly reason: string;
  }[];
  close(): Promise<void>;
};

/** Ports that are opened at one time. */
const BATCH = 256;
/** What keeps visitors of one port waiting does so at all of them, and until somebody does something about it. */
const WARN_EVERY_MS = 60_000;

/**
 * Listens at all these ports, for IPv4 and IPv6. A TCP contact is a completed handshake, a UDP contact any datagram. What
 * others hold already is answered as refused; the rest is listened at.
 */
export async function listen({ tcp, udp, ...given }: ListenOptions): Promise<Listening> {
  const options = { ...given, warn: seldom(given.warn, WARN_EVERY_MS) };
  const wanted = [
    ...[...tcp].map((port) => ({ protocol: 'tcp', port, open: listenTcp }) as const),
    ...[...udp].map((port) => ({ protocol: 'udp', port, open: listenUdp }) as const),
  ];
  const listeners: Listener[] = [];
  const refused: Listening['refused'][number][] = [];
  for (let start = 0; start < wanted.length; start += BATCH) {
    const batch = wanted.slice(start, start + BATCH).map(async ({ protocol, port, open }) => {
      try {
        listeners.push(await open(port, options));
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
