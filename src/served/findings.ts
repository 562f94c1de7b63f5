import { PortSet } from '../values/ports.ts';
import { type Forwardable, forwardable, type PortRange, type Reach } from './reach.ts';

export type ForwardedPorts = Readonly<Record<Forwardable, PortSet>>;

/** A rule set as large as that is somebody else's business to understand. */
const MAX_STEPS = 200_000;
/** A rule for some packets only counts for all of them, which is too much where it takes more ports than that: as many as RTP has at most. */
const MAX_PORTS_FOR_SOME = 16_384;
/** More of them than one reads. */
const MAX_UNREAD = 100;
/** Of a rule that is told of. */
const MAX_RULE = 160;

export const noPorts = (): ForwardedPorts => ({
  tcp: new PortSet(),
  udp: new PortSet(),
  sctp: new PortSet(),
});

/** What came of it. */
export type Found = Pick<Findings, 'ports' | 'unread'>;

/** What rules were found to forward, while they are walked through. */
export class Findings {
  readonly ports: ForwardedPorts = noPorts();
  readonly #unread = new Set<string>();
  #steps = 0;

  /** Rules that forward no one can tell which ports, or for whom, in their own words. */
  get unread(): readonly string[] {
    return [...this.#unread];
  }

  /** To be asked at each rule: false when there are too many of them. */
  mayGoOn(): boolean {
    if (++this.#steps === MAX_STEPS) this.doubt(`more than ${MAX_STEPS} rules on the way of a packet`);
    return this.#steps < MAX_STEPS;
  }

  /** Packets of that reach are forwarded, by that rule. One that takes all ports is meant for some of them, or for some packets only. */
  forward({ protocols, ports, isForSome }: Reach, rule: string): void {
    if (ports === undefined || (isForSome && countOf(ports) > MAX_PORTS_FOR_SOME)) {
      this.doubt(rule);
      return;
    }
    for (const protocol of protocols)
      for (const [first, last] of ports) this.ports[protocol].addRange(first, last);
  }

  doubt(rule: string): void {
    if (this.#unread.size < MAX_UNREAD)
      this.#unread.add(rule.length > MAX_RULE ? `${rule.slice(0, MAX_RULE)}…` : rule);
  }

  take({ ports, unread }: Found): void {
    for (const protocol of forwardable) this.ports[protocol].addAll(ports[protocol]);
    for (const rule of unread) this.doubt(rule);
  }
}

const countOf = (ranges: readonly PortRange[]): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
