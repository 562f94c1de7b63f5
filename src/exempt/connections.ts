import {
  addressOf,
  type Portion,
  readConnections,
  readConnectionsNow,
  type TcpEnds,
} from '../host/tcp-peers.ts';
import type { Bond } from '../respond/guard.ts';
import type { PortSet } from '../values/ports.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import { sourceOf } from '../values/source.ts';
import { type Named, Regulars } from './regulars.ts';

/** Other ends that are remembered of one look, and likewise regulars. */
export const MAX_CONNECTED = 65_536;
/** With more lines in the tables than this nobody waits for a look: about 0.3 MB of text, and some milliseconds. */
const GLANCE_LINES = 2_048;
/** A look is followed by a pause of so many times what it took. */
const PAUSE_FACTOR = 9;

/** How connections are read; a test has others than this host's. */
export type ConnectionReader = {
  portions(): AsyncIterable<Portion>;
  now(maxLines: number): Portion;
};

const ofThisHost: ConnectionReader = { portions: readConnections, now: readConnectionsNow };

export type ConnectionsParts = {
  readonly sourceBits6: number;
  /** Ports at which the sentry itself listens: who comes there is a visitor, not a peer. */
  readonly traps: () => Pick<PortSet, 'has'>;
  /** Something is different from before. `sources`: all of them, by their text; `newcomers`: those that were not there before. */
  readonly onChange: (sources: ReadonlyMap<string, Prefix>, newcomers: readonly Prefix[]) => void;
  readonly reader?: ConnectionReader;
  readonly capacity?: number;
  readonly nowMs?: () => number;
};

type Peer = Named & { readonly address: string };
type Peers = Map<string, Peer>;

/**
 * Who holds an established TCP connection to this host, or has come again and again with short ones. A handshake proves that the address is its owner's: nobody who forges
 * sources gets that far. Who was there in one of the last two looks counts: the kernel does not promise a whole table while it changes.
 */
export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #reader: ConnectionReader;
  readonly #capacity: number;
  readonly #nowMs: () => number;
  /** By the text of /proc. */
  #last: Peers = new Map();
  #lastButOne: Peers = new Map();
  readonly #regulars: Regulars;
  /** Those who hold connections. */
  #holders = new Map<string, Prefix>();
  /** These and the regulars. */
  #sources: ReadonlyMap<string, Prefix> = this.#holders;
  #addresses = new Set<string>();
  #lines = 0;
  #nextLookMs = 0;
  #nextGlanceMs = 0;
  #isLooking = false;
  #withoutRoom = 0;

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
    this.#reader = parts.reader ?? ofThisHost;
    this.#capacity = parts.capacity ?? MAX_CONNECTED;
    this.#regulars = new Regulars(this.#capacity);
    this.#nowMs = parts.nowMs ?? (() => performance.now());
  }

  /** Connections whose other ends found no room in the last look. */
  get withoutRoom(): number {
    return this.#withoutRoom;
  }

  /** Regulars that had to make room for others, ever. */
  get forgotten(): number {
    return this.#regulars.forgotten;
  }

  /** True when the source holds a connection. Where that costs little, it is looked up on the spot. */
  has(source: Prefix): boolean {
    const text = formatPrefix(source);
    if (this.#holders.has(text)) return true;
    this.#glance();
    return this.#holders.has(text);
  }

  /** What binds the source to this host, if anything does. */
  bondOf(source: Prefix): Bond | undefined {
    if (this.has(source)) return 'connection';
    return this.#regulars.has(formatPrefix(source)) ? 'regular' : undefined;
  }

  /** All of them, by their text. */
  get sources(): ReadonlyMap<string, Prefix> {
    return this.#sources;
  }

  /** True when this very address held a connection at the last look, or when nobody knows because there are too many. */
  hasAddress(address: string): boolean {
    return this.#withoutRoom > 0 || this.#addresses.has(address);
  }

  /** Looks at all connections anew, in portions, unless the last look was too costly for another one so soon. */
  async look(): Promise<void> {
    const startMs = this.#nowMs();
    if (this.#isLooking || startMs < this.#nextLookMs) return;
    this.#isLooking = true;
    try {
      const seen: Peers = new Map();
      let [lines, withoutRoom] = [0, 0];
      for await (const portion of this.#reader.portions()) {
        lines += portion.lines;
        withoutRoom += this.#note(portion, seen);
      }
      this.#regulars.sweep(startMs);
      this.#lines = lines;
      this.#withoutRoom = withoutRoom;
      this.#lastButOne = this.#last;
      this.#last = seen;
      this.#change();
    } finally {
      this.#isLooking = false;
      this.#nextLookMs = this.#afterRest(startMs);
    }
  }

  /** The same at once, where there are few. */
  #glance(): void {
    const startMs = this.#nowMs();
    if (this.#lines > GLANCE_LINES || startMs < this.#nextGlanceMs) return;
    try {
      const portion = this.#reader.now(GLANCE_LINES);
      this.#lines = portion.lines;
      this.#note(portion, this.#last);
      this.#change();
    } catch {
      // The look of each second tells of what is wrong.
    } finally {
      this.#nextGlanceMs = this.#afterRest(startMs);
    }
  }

  #afterRest(startMs: number): number {
    const endMs = this.#nowMs();
    return endMs + PAUSE_FACTOR * (endMs - startMs);
  }

  /** Answers how many found no room. */
  #note({ connections, over }: Portion, into: Peers): number {
    let withoutRoom = 0;
    for (const ends of connections) {
      const peer = this.#acquaint(ends);
      if (!peer || into.has(ends.remote)) continue;
      if (into.size < this.#capacity) into.set(ends.remote, peer);
      else withoutRoom++;
    }
    for (const ends of over) this.#acquaint(ends);
    return withoutRoom;
  }

  /** Answers who it is; undefined: nobody who counts. */
  #acquaint({ remote, remotePort, localPort }: TcpEnds): Peer | undefined {
    if (this.#parts.traps().has(localPort)) return undefined;
    const peer = this.#last.get(remote) ?? this.#lastButOne.get(remote) ?? this.#peerOf(remote);
    if (isLoopback(peer)) return undefined;
    this.#regulars.note(peer, { remote: remotePort, local: localPort }, this.#nowMs());
    return peer;
  }

  #peerOf(remote: string): Peer {
    const address = addressOf(remote);
    const source = sourceOf(address, this.#parts.sourceBits6);
    return { address: formatPrefix(address), text: formatPrefix(source), source };
  }

  #change(): void {
    const old = this.#sources;
    const holders = new Map<string, Prefix>();
    const addresses = new Set<string>();
    for (const { address, text, source } of [...this.#last.values(), ...this.#lastButOne.values()]) {
      addresses.add(address);
      holders.set(text, source);
    }
    this.#holders = holders;
    this.#addresses = addresses;
    const sources = new Map(holders);
    for (const { text, source } of this.#regulars) sources.set(text, source);
    this.#sources = sources;
    const newcomers = [...sources].filter(([text]) => !old.has(text)).map(([, source]) => source);
    if (newcomers.length > 0 || sources.size !== old.size) this.#parts.onChange(sources, newcomers);
  }
}

const isLoopback = ({ address }: Peer): boolean => address === '::1' || address.startsWith('127.');
