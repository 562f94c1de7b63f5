import { Eldest } from '../values/eldest.ts';
import type { Prefix } from '../values/prefix.ts';

/** Sources that are remembered; and as many pairs of a source and a port of which it is not yet known. */
export const MAX_REGULARS = 65_536;
/** So many connections to one port make a regular, */
const CONNECTIONS = 4;
/** when so much lies between the first and the last of them. A scanner that looks at a service from all sides is done with it by then, mostly. */
const APART_MS = 10_000;
/** For so long after its last connection it is one. */
const LASTS_MS = 3_600_000;
/** Latest connections of a source to a port that are known again. */
const REMEMBERED = 8;

/** At the source and at this host. */
export type ConnectionPorts = { readonly remote: number; readonly local: number };

/** A source, and its text, by which it is found. */
export type Named = { readonly text: string; readonly source: Prefix };

type Acquaintance = {
  readonly sinceMs: number;
  connections: number;
  /** Ports at the other end, the latest ones. */
  readonly others: number[];
};

/**
 * Who comes again and again: load balancers, health checks, monitoring, clients with short connections. Of most of these none is open
 * at any one moment, so that a probe in their name would find them without one. A handshake proves that the address is its owner's;
 * and a scanner goes from port to port, he does not come back to one.
 */
export class Regulars {
  readonly #capacity: number;
  /** By source and service. */
  readonly #acquaintances = new Map<string, Acquaintance>();
  readonly #eldestAcquaintance = new Eldest(this.#acquaintances);
  /** By the source's text; `lastMs`: when it was here last. */
  readonly #regulars = new Map<string, { readonly source: Prefix; readonly lastMs: number }>();
  readonly #eldestRegular = new Eldest(this.#regulars);
  #forgotten = 0;

  constructor(capacity: number = MAX_REGULARS) {
    this.#capacity = capacity;
  }

  /**
   * A connection of the source with this host, open or just over; the same one may be noted again. Answers whether the source is a regular from
   * now on, and was none.
   */
  note({ text, source }: Named, ports: ConnectionPorts, nowMs: number): boolean {
    if (this.#regulars.delete(text)) {
      this.#regulars.set(text, { source, lastMs: nowMs }); // and so last among those to make room
      return false;
    }
    const [service, other] = serviceFirst(ports);
    const key = `${text} ${service}`;
    const known = this.#acquaintances.get(key);
    if (!known || nowMs - known.sinceMs > LASTS_MS) {
      this.#meet(key, { sinceMs: nowMs, connections: 1, others: [other] });
      return false;
    }
    if (known.others.includes(other)) return false;
    known.others.push(other);
    if (known.others.length > REMEMBERED) known.others.shift();
    if (++known.connections < CONNECTIONS || nowMs - known.sinceMs < APART_MS) return false;
    this.#acquaintances.delete(key);
    if (this.#regulars.size >= this.#capacity) {
      this.#regulars.delete(this.#eldestRegular.next());
      this.#forgotten++;
    }
    this.#regulars.set(text, { source, lastMs: nowMs });
    return true;
  }

  /** Whether the source with that text is one. */
  has(text: string): boolean {
    return this.#regulars.has(text);
  }

  /** How many had to make room for others within their hour, ever; and likewise those who might have become one. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** All of them. */
  *[Symbol.iterator](): Iterator<Named> {
    for (const [text, { source }] of this.#regulars) yield { text, source };
  }

  /** Forgets who has not been here for an hour; answers whether there was one. */
  sweep(nowMs: number): boolean {
    const before = this.#regulars.size;
    for (const [text, { lastMs }] of this.#regulars) {
      if (nowMs - lastMs <= LASTS_MS) break; // whoever follows was here later
      this.#regulars.delete(text);
    }
    return this.#regulars.size < before;
  }

  #meet(key: string, acquaintance: Acquaintance): void {
    if (!this.#acquaintances.delete(key) && this.#acquaintances.size >= this.#capacity) {
      const eldest = this.#eldestAcquaintance.next();
      if (acquaintance.sinceMs - this.#acquaintances.get(eldest)!.sinceMs <= LASTS_MS) this.#forgotten++;
      this.#acquaintances.delete(eldest);
    }
    this.#acquaintances.set(key, acquaintance);
  }
}

/** Where Linux takes the ports of its own calls from (net.ipv4.ip_local_port_range). */
const FIRST_EPHEMERAL = 32_768;

/** The port of this host is the service, unless it is this host that calls: what a caller can choose tells nothing. */
const serviceFirst = ({ remote, local }: ConnectionPorts): [service: number, other: number] =>
  local < FIRST_EPHEMERAL ? [local, remote] : [remote, local];
