import { Eldest } from '../../values/eldest.ts';
import type { Probe } from '../probe.ts';
import type { Numbered } from './suspect.ts';

/** Probes that are remembered, to know their copies: a second of the events that the data plane tells of at most, twice. */
const MAX_PRINTS = 8192;
/** nmap takes 128 decoys at most. */
export const MAX_SENDERS = 256;

/** Who has sent a probe, and which of his it was. */
export type Sender = Numbered & Pick<Probe, 'source'>;

/** A probe that several have sent, or only one up to now. */
export type Print = { readonly atNs: number; readonly senders: Sender[] };

/**
 * What a probe and its copies in the names of others have in common, and no two others by chance: where it goes to, what it is, and 48
 * bits that are the sender's choice; where there is no sequence number, and the identification of IPv4 must do, 32. Undefined: too
 * little of its own.
 */
export function printOf({ destination, protocol, port, kind, traits }: Probe): string | undefined {
  if (!traits || (protocol !== 'tcp' && protocol !== 'udp')) return undefined;
  const { sourcePort, ipId = 0, tcp } = traits;
  const sequence = tcp?.sequence ?? 0;
  if (sequence === 0 && ipId === 0) return undefined;
  return `${destination} ${protocol} ${port} ${kind} ${sourcePort} ${ipId} ${sequence}`;
}

/** Finds probes that several sources have sent, in whatever order they are told of. At most MAX_PRINTS probes are remembered. */
export class Copies {
  /** In the order in which they came. */
  readonly #prints = new Map<string, Print>();
  readonly #eldest = new Eldest(this.#prints);
  readonly #withinNs: number;
  #forgotten = 0;

  /** `withinNs`: copies come this close to one another. */
  constructor(withinNs: number) {
    this.#withinNs = withinNs;
  }

  /** The print of a probe that others have sent as well; the sender is the last one of it. Undefined: nobody else yet, or he himself. */
  observe(probe: Probe): Print | undefined {
    const text = printOf(probe);
    if (text === undefined) return undefined;
    const { source, firstNs, total, atNs } = probe;
    const sender = { source, firstNs, total };
    const print = this.#prints.get(text);
    if (!print || Math.abs(atNs - print.atNs) > this.#withinNs) {
      this.#remember(text, { atNs, senders: [sender] });
      return undefined;
    }
    if (print.senders.length === MAX_SENDERS || print.senders.some((other) => other.source === source))
      return undefined;
    print.senders.push(sender);
    return print;
  }

  #remember(text: string, print: Print): void {
    this.#prints.delete(text);
    this.#prints.set(text, print);
    if (this.#prints.size <= MAX_PRINTS) return;
    const oldest = this.#eldest.next();
    const { atNs } = this.#prints.get(oldest)!;
    this.#prints.delete(oldest);
    if (print.atNs - atNs <= this.#withinNs) this.#forgotten++;
  }

  /** Probes forgotten, ever, while copies of them might still come. */
  get forgotten(): number {
    return this.#forgotten;
  }
}
