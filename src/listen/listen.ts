import type { Transport } from '../detect/probe.ts';
import type { PortSet } from '../values/ports.ts';
import type { Listener, ListenerOptions } from './contact.ts';
import { seldom } from './seldom.ts';
import { listenTcp } from './tcp.ts';
import { listenUdp } from './udp.ts';

/** Where to listen, and what is said there to whoever comes. */
export type ListenPlaces = {
  readonly tcp: PortSet;
  readonly udp: PortSet;
  readonly banner: string | undefined;
};

/** A port that could not be had. */
export type RefusedPort = { readonly protocol: Transport; readonly port: number; readonly reason: string };

export type Listening = {
  /** By port. */
  readonly refused: readonly RefusedPort[];
  /** Listens at other places as well, until it is said which of both are to stay. */
  prepare(next: ListenPlaces): Promise<ListenChange>;
  close(): Promise<void>;
};

/** One of the two is called, once. `refused`: of the new places. */
export type ListenChange = {
  readonly refused: readonly RefusedPort[];
  commit(): void;
  abandon(): void;
};

/** Ports that are opened at one time. */
const BATCH = 256;
/** What keeps visitors of one port waiting does so at all of them, and until somebody does something about it. */
const WARN_EVERY_MS = 60_000;

const protocols = ['tcp', 'udp'] as const satisfies readonly Transport[];
const openers = { tcp: listenTcp, udp: listenUdp } as const;

/**
 * Listens at all these ports, for IPv4 and IPv6. A TCP contact is a completed handshake, a UDP contact any datagram. What
 * others hold already is answered as refused; the rest is listened at.
 */
export async function listen(
  places: ListenPlaces,
  given: Omit<ListenerOptions, 'banner'>,
): Promise<Listening> {
  let { banner } = places;
  const options = { ...given, banner: () => banner, warn: seldom(given.warn, WARN_EVERY_MS) };
  const open = new Map<string, Listener>();
  let refused: readonly RefusedPort[] = [];

  const close = (key: string) => {
    const closing = open.get(key)?.close();
    open.delete(key);
    return closing;
  };

  async function prepare(next: ListenPlaces): Promise<ListenChange> {
    const wanted = new Set(keysOf(next));
    const missing = [...wanted].filter((key) => !open.has(key));
    const failed = await openAll(missing);
    return {
      refused: failed,
      commit() {
        ({ banner } = next);
        refused = failed;
        for (const key of open.keys()) if (!wanted.has(key)) void close(key);
      },
      abandon() {
        for (const key of missing) void close(key);
      },
    };
  }

  async function openAll(keys: readonly string[]): Promise<RefusedPort[]> {
    const failed: RefusedPort[] = [];
    for (let start = 0; start < keys.length; start += BATCH) {
      const batch = keys.slice(start, start + BATCH).map(async (key) => {
        const { protocol, port } = placeOf(key);
        try {
          open.set(key, await openers[protocol](port, options));
        } catch (error) {
          failed.push({ protocol, port, reason: (error as NodeJS.ErrnoException).code ?? String(error) });
        }
      });
      await Promise.all(batch);
    }
    return failed.sort((a, b) => a.port - b.port);
  }

  (await prepare(places)).commit();
  return {
    get refused() {
      return refused;
    },
    prepare,
    close: async () => {
      await Promise.all([...open.keys()].map(close));
    },
  };
}

/** `tcp 22` */
const keysOf = (places: ListenPlaces): string[] =>
  protocols.flatMap((protocol) => [...places[protocol]].map((port) => `${protocol} ${port}`));

function placeOf(key: string): { readonly protocol: Transport; readonly port: number } {
  const [protocol, port] = key.split(' ');
  return { protocol: protocol as Transport, port: Number(port) };
}
