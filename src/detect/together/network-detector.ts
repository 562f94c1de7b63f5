import { Eldest } from '../../values/eldest.ts';
import { type Port, portOf } from '../port-key.ts';
import type { ProbeKind } from '../probe.ts';
import { countsAllOf, countsFor } from '../rule-state.ts';
import { countUntold } from '../story.ts';
import { Member, type NetworkRule, type SentProbe, type Witness } from './member.ts';
import { Sum } from './sum.ts';

/** A rule has fired for sources of a network together. */
export type NetworkAlert<R extends NetworkRule = NetworkRule> = {
  readonly rule: R;
  readonly network: string;
  /** Boot time of the probe that decided, in nanoseconds. */
  readonly atNs: number;
  /** The latest probe of each source that took part within the window; who was silent longest is first. */
  readonly members: readonly Witness[];
  /** What counted: of no source more than half of what the rule asks for. */
  readonly ports: readonly Port[];
  readonly hosts: number;
  readonly probes: number;
  readonly kinds: readonly ProbeKind[];
};

class Network {
  /** In the order in which they were heard of last. */
  readonly members = new Map<string, Member>();
  /** Of its members, once there are too many. */
  eldest: Eldest<string> | undefined;
  /** By the number of the rule. */
  readonly sums: (Sum | undefined)[] = [];
}

/** A /24 of IPv4 has no more; of IPv6 there may be any number, and who was silent longest is forgotten. */
export const MAX_MEMBERS = 256;

/**
 * What rules make of the sources of a network together. Pure, as Detector is. At most `maxSources` sources are remembered in all
 * networks; then the network that was silent longest is forgotten.
 */
export class NetworkDetector<R extends NetworkRule> {
  readonly #rules: readonly R[];
  readonly #maxSources: number;
  /** In the order in which they were heard of last. */
  readonly #networks = new Map<string, Network>();
  readonly #eldest = new Eldest(this.#networks);
  #sources = 0;
  #forgotten = 0;

  constructor(rules: readonly R[], maxSources: number) {
    this.#rules = rules;
    this.#maxSources = maxSources;
  }

  /** The alerts that this probe of a source in that network raises, in the order of the rules. */
  observe(probe: SentProbe, network: string): NetworkAlert<R>[] {
    if (this.#rules.length === 0) return [];
    const state = this.#stateOf(network);
    const member = this.#memberOf(state, probe);
    const untold = countUntold(member.story, probe);
    return this.#rules.flatMap((rule, index) => {
      if (!countsFor(rule, probe) || member.wasCaught(probe.atNs, rule.windowNs)) return [];
      const count = countsAllOf(rule, probe) ? 1 + untold : 1;
      state.sums[index] ??= new Sum(rule, index);
      const sum = state.sums[index];
      sum.note(member, probe, Math.max(count, 0));
      return judge(rule, state.members, sum, probe.atNs, network);
    });
  }

  /** A rule about sources has caught this one with that probe, be it its first: it counts no longer for its network. */
  catch(probe: SentProbe, network: string): void {
    if (this.#rules.length === 0) return;
    const state = this.#stateOf(network);
    const member = this.#memberOf(state, probe);
    for (const sum of state.sums) sum?.forget(member);
    member.catch(probe.atNs);
  }

  #stateOf(network: string): Network {
    const state = this.#networks.get(network) ?? new Network();
    this.#networks.delete(network);
    this.#networks.set(network, state);
    return state;
  }

  #memberOf(state: Network, probe: SentProbe): Member {
    const { members } = state;
    const known = members.get(probe.source);
    if (known) {
      members.delete(probe.source);
      members.set(probe.source, known);
      known.see(probe);
      return known;
    }
    const number = members.size === MAX_MEMBERS ? this.#forgetMember(state) : members.size;
    const member = new Member(number, probe);
    members.set(probe.source, member);
    this.#sources++;
    while (this.#sources > this.#maxSources && this.#networks.size > 1) this.#forgetNetwork();
    return member;
  }

  /** Answers the number that has become free. */
  #forgetMember(state: Network): number {
    const { members, sums } = state;
    state.eldest ??= new Eldest(members);
    const source = state.eldest.next();
    const silent = members.get(source)!;
    for (const sum of sums) sum?.forget(silent);
    members.delete(source);
    this.#sources--;
    this.#forgotten++;
    return silent.number;
  }

  /** The one that was just heard of is the last and has room. */
  #forgetNetwork(): void {
    const eldest = this.#eldest.next();
    const count = this.#networks.get(eldest)!.members.size;
    this.#networks.delete(eldest);
    this.#sources -= count;
    this.#forgotten += count;
  }

  /** Sources remembered now. */
  get sources(): number {
    return this.#sources;
  }

  /** Sources forgotten for want of room, ever. */
  get forgotten(): number {
    return this.#forgotten;
  }
}

/**
 * Quiet for a window after an alert, unless twice as many take part since: whoever reads of a few, or blocks them, wants to know when it
 * was only the beginning.
 */
function judge<R extends NetworkRule>(
  rule: R,
  members: ReadonlyMap<string, Member>,
  sum: Sum,
  atNs: number,
  network: string,
): NetworkAlert<R>[] {
  const { told } = sum;
  const isQuiet = told !== undefined && atNs - told.firedNs < rule.windowNs;
  if (!sum.isEnough(isQuiet ? 2 * told.members : rule.sources, members, atNs)) return [];
  const parts = sum.partsOf(members);
  // Nobody's share is more than half of them, so that others must have sent the rest. Where a rule asks for more probes than ports, all
  // members are gone through with each probe from when nothing else is missing; MAX_MEMBERS bounds that.
  const probes = parts.reduce((total, { share }) => total + share.probesAt(atNs), 0);
  if (probes < rule.probes) return [];
  sum.told = { firedNs: isQuiet ? told.firedNs : atNs, members: parts.length };
  return [
    {
      rule,
      network,
      atNs,
      members: parts.map(({ member }) => member.last),
      ports: sum.keys('ports').map(portOf),
      hosts: Math.max(1, sum.keys('hosts').length),
      probes,
      kinds: sum.kindsAt(atNs),
    },
  ];
}
