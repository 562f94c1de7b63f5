import { hostKey } from '../host-key.ts';
import { portKey } from '../port-key.ts';
import type { Probe } from '../probe.ts';
import type { Rule } from '../rule.ts';
import { targetKey } from '../rule-state.ts';
import { NOT_YET, type Story } from '../story.ts';
import { countWithin, NOTHING, noteCount, noteKey, type Recent } from '../window.ts';

/** A probe of which it is known which one address has sent it: of an IPv6 source, one of many. */
export type SentProbe = Probe & { readonly address: string };

/** The latest probe of a source, as far as it matters here: there are tens of thousands of these. */
export type Witness = Pick<SentProbe, 'source' | 'address' | 'protocol' | 'port' | 'atNs'>;

/** A rule about the sources of a network together. */
export type NetworkRule = Rule & { readonly sources: number };

/**
 * What counts of one source at most, and what the others must bring at least, of a number that a rule asks for: half. More than that is a
 * scan of one source by itself, which the rules about sources find; its neighbours, who have only made a mistake or two, would
 * otherwise be called scanners with it.
 */
export const halfOf = (count: number): number => Math.ceil(count / 2);

/** What one source of a network has contributed to one rule: no more than half of what that asks for. */
export class Share {
  readonly #rule: NetworkRule;
  #ports: Recent = NOTHING;
  #hosts: Recent = NOTHING;
  #targets: Recent = NOTHING;
  #probes: Recent = NOTHING;

  constructor(rule: NetworkRule) {
    this.#rule = rule;
  }

  /** `count` probes, of which this is the one that was told of. */
  note(probe: Probe, count: number): void {
    const { ports, hosts, targets, windowNs } = this.#rule;
    const { atNs } = probe;
    this.#ports = noteKey(this.#ports, portKey(probe), atNs, halfOf(ports));
    if (hosts > 1) this.#hosts = noteKey(this.#hosts, hostKey(probe.destination), atNs, halfOf(hosts));
    if (targets > 1) this.#targets = noteKey(this.#targets, targetKey(probe), atNs, halfOf(targets));
    if (count > 0) this.#probes = noteCount(this.#probes, count, atNs, this.#mostProbes, windowNs);
  }

  get ports(): Recent {
    return this.#ports;
  }

  get hosts(): Recent {
    return this.#hosts;
  }

  get targets(): Recent {
    return this.#targets;
  }

  /** Never more than half of what the rule asks for. */
  probesAt(nowNs: number): number {
    return Math.min(countWithin(this.#probes, nowNs, this.#rule.windowNs), this.#mostProbes);
  }

  /** Each port and each host took a probe. */
  get #mostProbes(): number {
    const { ports, hosts, targets, probes } = this.#rule;
    return halfOf(Math.max(ports, hosts, targets, probes));
  }
}

/** A source as one of its network. */
export class Member {
  /** Of all that its network has at a time nobody else has that number. */
  readonly number: number;
  readonly story: Story = { ...NOT_YET };
  /** By the number of the rule. */
  readonly shares: (Share | undefined)[] = [];
  #last: Witness;
  /** When a rule about sources has caught it. */
  #caughtNs = Number.NEGATIVE_INFINITY;

  constructor(number: number, probe: SentProbe) {
    this.number = number;
    this.#last = witnessOf(probe);
  }

  see(probe: SentProbe): void {
    this.#last = witnessOf(probe);
  }

  get last(): Witness {
    return this.#last;
  }

  /** A rule about sources has caught it: what it does is told already, and says nothing of its neighbours. */
  catch(atNs: number): void {
    this.#caughtNs = atNs;
    this.shares.length = 0;
  }

  wasCaught(nowNs: number, windowNs: number): boolean {
    return this.#caughtNs >= nowNs - windowNs;
  }

  shareOf(index: number, rule: NetworkRule): Share {
    this.shares[index] ??= new Share(rule);
    return this.shares[index];
  }
}

const witnessOf = ({ source, address, protocol, port, atNs }: SentProbe): Witness => ({
  source,
  address: address === source ? source : address, // one text and not two of the same
  protocol,
  port,
  atNs,
});
