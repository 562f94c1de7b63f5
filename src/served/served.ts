import type { PortsByProtocol } from '../kernel/program-options.ts';
import type { SentryEvent } from '../report/event.ts';
import type { PortSet } from '../values/ports.ts';
import { type ForwardedPorts, noPorts } from './findings.ts';
import type { Forwarded } from './forwarded.ts';
import { forwardable } from './reach.ts';
import { doubtsAbout, portTexts } from './words.ts';

/** How late a port is noticed that is forwarded from now on: whoever is sent away twice meanwhile comes a third time. */
const PAUSE_MS = 10_000;
/** A look is followed by a pause of so many times what it took: that is a hundredth of a CPU at most. */
const PAUSE_FACTOR = 100;

export type ServedParts = {
  readonly setServed: (ports: PortsByProtocol) => void;
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
  #running: Promise<void> | undefined;
  #nextLookMs = -Infinity;

  constructor(parts: ServedParts) {
    this.#parts = parts;
    this.#nowMs = parts.nowMs ?? (() => performance.now());
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
    const { ports, unread, failures } = await this.#parts.readForwarded();
    const endMs = this.#nowMs();
    this.#nextLookMs = endMs + Math.max(PAUSE_MS, PAUSE_FACTOR * (endMs - startMs));
    // What could not be asked for this time is as it was, for all that is known.
    if (failures.length > 0)
      for (const protocol of forwardable) ports[protocol].addAll(this.#forwarded[protocol]);
    this.#forwarded = ports;
    this.#tellPorts();
    this.#tellDoubts({ unread, failures: this.#parts.isForwarding() ? failures : [] });
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

  #tellDoubts(doubtful: Pick<Forwarded, 'unread' | 'failures'>): void {
    const doubts = doubtsAbout(doubtful);
    const told = doubts.join('\n');
    if (told !== this.#toldDoubts) for (const text of doubts) this.#parts.tell({ event: 'warning', text });
    this.#toldDoubts = told;
  }
}
