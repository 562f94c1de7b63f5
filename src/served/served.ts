import type { PortsByProtocol } from '../kernel/program-options.ts';
import type { SentryEvent } from '../report/event.ts';
import type { PortSet } from '../values/ports.ts';
import { type ForwardedPorts, type Found, noPorts } from './findings.ts';
import { altogether, type Forwarded } from './forwarded.ts';
import { forwardable } from './reach.ts';
import { type Doubtful, doubtsAbout, portTexts } from './words.ts';

/** How late a port is noticed that is forwarded from now on: whoever is sent away twice meanwhile comes a third time. */
const PAUSE_MS = 10_000;
/** A look is followed by a pause of so many times what it took: that is a hundredth of a CPU at most, as long as the pause is no longer than a minute. */
const PAUSE_FACTOR = 100;
const MAX_PAUSE_MS = 60_000;
/** How long the ports of a sentry before this one count for what a tool has never told this one. Some never do. */
const BEFORE_MS = 600_000;

export type ServedParts = {
  readonly setServed: (ports: PortsByProtocol) => void;
  /** What was set by a sentry whose program is still at work; nothing where there is none. */
  readonly before: PortsByProtocol;
  /** SCTP ports that somebody is bound to. */
  readonly sctpPorts: () => PortSet;
  readonly readForwarded: () => Promise<Forwarded>;
  /** This host passes on packets of others. */
  readonly isForwarding: () => boolean;
  readonly tell: (event: SentryEvent) => void;
  readonly nowMs?: () => number;
};

/**
 * Ports that are served although no lookup finds a socket: those that rules of nftables and iptables forward, to containers or other hosts, and
 * those of SCTP. Packets to them are no probes.
 */
export class Served {
  readonly #parts: ServedParts;
  readonly #nowMs: () => number;
  #forwarded: ForwardedPorts = noPorts();
  #given = '';
  #toldPorts = JSON.stringify(portTexts(noPorts()));
  #toldDoubts = '';
  /** What each tool has told last. */
  #known: ReadonlyMap<string, Found> = new Map();
  #beforeUntilMs: number;
  #failuresInARow = 0;
  #running: Promise<void> | undefined;
  #nextLookMs = -Infinity;

  constructor(parts: ServedParts) {
    this.#parts = parts;
    this.#nowMs = parts.nowMs ?? (() => performance.now());
    this.#beforeUntilMs = this.#nowMs() + BEFORE_MS;
  }

  /** Forwarded ones, as of the last look. */
  get forwarded(): ForwardedPorts {
    return this.#forwarded;
  }

  /** To be called now and then: looks anew at SCTP, and at what is forwarded unless that was just now. Rejects when SCTP cannot be read. */
  async look(): Promise<void> {
    if (this.#running === undefined && this.#nowMs() >= this.#nextLookMs) await this.lookNow();
    else this.#give();
  }

  /** Looks at everything, whenever it was done last. */
  async lookNow(): Promise<void> {
    this.#running ??= this.#lookAtForwarded().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
    this.#give();
  }

  async #lookAtForwarded(): Promise<void> {
    const startMs = this.#nowMs();
    const { found, unanswered, failures } = await this.#parts.readForwarded();
    const endMs = this.#nowMs();
    this.#failuresInARow = failures.length === 0 ? 0 : this.#failuresInARow + 1;
    this.#nextLookMs = endMs + this.#pauseAfter(endMs - startMs);
    const last = unanswered.map((tool) => [tool, this.#known.get(tool)] as const);
    this.#known = new Map([...found, ...last.filter(isKnown)]);
    const { ports, unread } = altogether(this.#known.values());
    if (last.every(isKnown)) this.#beforeUntilMs = -Infinity;
    else if (endMs < this.#beforeUntilMs) this.#addBefore(ports);
    this.#forwarded = ports;
    this.#tellPorts();
    this.#tellDoubts({ unread, failures: this.#parts.isForwarding() ? failures : [] });
  }

  /** A failure may be over soon: then it is worth trying, but not for ever. */
  #pauseAfter(tookMs: number): number {
    const longestMs =
      this.#failuresInARow === 0 ? MAX_PAUSE_MS : PAUSE_MS * 2 ** Math.min(this.#failuresInARow - 1, 10);
    return Math.max(PAUSE_MS, Math.min(PAUSE_FACTOR * tookMs, longestMs, MAX_PAUSE_MS));
  }

  #addBefore(ports: ForwardedPorts): void {
    for (const protocol of forwardable) {
      const before = this.#parts.before[protocol];
      if (before) ports[protocol].addAll(before);
    }
  }

  #give(): void {
    const sctp = this.#parts.sctpPorts();
    sctp.addAll(this.#forwarded.sctp);
    const ports = { ...this.#forwarded, sctp };
    const text = JSON.stringify(portTexts(ports));
    if (text === this.#given) return;
    this.#parts.setServed(ports);
    this.#given = text;
  }

  #tellPorts(): void {
    const texts = portTexts(this.#forwarded);
    const told = JSON.stringify(texts);
    if (told !== this.#toldPorts) this.#parts.tell({ event: 'forwarded', ...texts });
    this.#toldPorts = told;
  }

  #tellDoubts(doubtful: Doubtful): void {
    const doubts = doubtsAbout(doubtful);
    const told = doubts.join('\n');
    if (told !== this.#toldDoubts) for (const text of doubts) this.#parts.tell({ event: 'warning', text });
    this.#toldDoubts = told;
  }
}

const isKnown = (it: readonly [string, Found | undefined]): it is readonly [string, Found] =>
  it[1] !== undefined;
