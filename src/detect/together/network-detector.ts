import { Eldest } from '../eldest.ts';
import { type Port, portKey, portOf } from '../port-key.ts';
import { type ProbeKind, probeKinds } from '../probe.ts';
import { countsAllOf, countsFor } from '../rule-state.ts';
import { countUntold } from '../story.ts';
import { areKeysReached, keysWithin, NOTHING, noteKey, type Recent } from '../window.ts';
import { halfOf, Member, type NetworkRule, type SentProbe, type Share, type Witness } from './member.ts';
import { type Tally, tallyOf } from './tally.ts';

/** A rule has fired for sources of a network together. */
export type NetworkAlert<R extends NetworkRule = NetworkRule> = {
  readonly rule: R;
  readonly network: string;
  /** Boot time of the probe that decided, in nanoseconds. */
  readonly atNs: number;
  /** The latest probe of each source that took part within the window; who came first is first. */
  readonly members: readonly Witness[];
  /** What counted: of no source more than half of what the rule asks for. */
  readonly ports: readonly Port[];
  readonly hosts: number;
  readonly probes: number;
  readonly kinds: readonly ProbeKind[];
};

/** What is remembered of one network and rule, besides what each member has contributed. */
type Sum = { ports: Recent; kinds: Recent; firedNs: number | undefined; toldMembers: number };

type Network = { readonly members: Map<string, Member>; readonly sums: (Sum | undefined)[] };

/**
 * A /24 of IPv4 has no more; of IPv6 there may be any number, and who was silent longest is forgotten. It bounds what one probe may
 * cost: all members are looked at.
 */
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
      member.shareOf(index, rule).note(probe, Math.max(count, 0));
      state.sums[index] ??= { ports: NOTHING, kinds: NOTHING, firedNs: undefined, toldMembers: 0 };
      const sum = state.sums[index];
      sum.ports = noteKey(sum.ports, portKey(probe), probe.atNs, rule.ports);
      sum.kinds = noteKey(sum.kinds, probeKinds.indexOf(probe.kind), probe.atNs, probeKinds.length);
      return judge(rule, index, state, sum, probe, network);
    });
  }

  /** A rule about sources has caught this one with that probe, be it its first: it counts no longer for its network. */
  catch(probe: SentProbe, network: string): void {
    if (this.#rules.length > 0) this.#memberOf(this.#stateOf(network), probe).catch(probe.atNs);
  }

  #stateOf(network: string): Network {
    const state = this.#networks.get(network) ?? { members: new Map(), sums: [] };
    this.#networks.delete(network);
    this.#networks.set(network, state);
    return state;
  }

  #memberOf({ members }: Network, probe: SentProbe): Member {
    const known = members.get(probe.source);
    if (known) {
      known.see(probe);
      return known;
    }
    const member = new Member(probe);
    if (members.size === MAX_MEMBERS) this.#forgetMember(members);
    members.set(probe.source, member);
    this.#sources++;
    while (this.#sources > this.#maxSources && this.#networks.size > 1) this.#forgetNetwork();
    return member;
  }

  #forgetMember(members: Map<string, Member>): void {
    let [silent, sinceNs] = ['', Number.POSITIVE_INFINITY];
    for (const [source, { last }] of members)
      if (last.atNs < sinceNs) [silent, sinceNs] = [source, last.atNs];
    members.delete(silent);
    this.#sources--;
    this.#forgotten++;
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
  index: number,
  { members }: Network,
  sum: Sum,
  { atNs }: SentProbe,
  network: string,
): NetworkAlert<R>[] {
  const isQuiet = sum.firedNs !== undefined && atNs - sum.firedNs < rule.windowNs;
  const wanted = isQuiet ? 2 * sum.toldMembers : rule.sources;
  if (members.size < wanted || !areKeysReached(sum.ports, rule.ports, atNs, rule.windowNs)) return [];
  const parts: { readonly last: Witness; readonly share: Share; readonly ports: number[] }[] = [];
  for (const { last, shares } of members.values()) {
    const share = shares[index];
    const ports = share?.portsAt(atNs) ?? [];
    if (share && ports.length > 0) parts.push({ last, share, ports });
  }
  if (parts.length < wanted) return [];
  const ports = tallyOf(parts.map((part) => part.ports));
  const hosts = tallyOf(rule.hosts > 1 ? parts.map(({ share }) => share.hostsAt(atNs)) : []);
  const targets = tallyOf(rule.targets > 1 ? parts.map(({ share }) => share.targetsAt(atNs)) : []);
  const isReached =
    isEnough(ports, rule.ports) &&
    (rule.hosts === 1 || isEnough(hosts, rule.hosts)) &&
    (rule.targets === 1 || isEnough(targets, rule.targets));
  if (!isReached) return [];
  // Nobody's share is more than half of them, so that others must have sent the rest.
  const probes = parts.reduce((total, { share }) => total + share.probesAt(atNs), 0);
  if (probes < rule.probes) return [];
  sum.firedNs = isQuiet ? sum.firedNs : atNs;
  sum.toldMembers = parts.length;
  return [
    {
      rule,
      network,
      atNs,
      members: parts.map(({ last }) => last),
      ports: [...ports.keys].map(portOf),
      hosts: Math.max(1, hosts.keys.size),
      probes,
      kinds: keysWithin(sum.kinds, atNs, rule.windowNs).map((place) => probeKinds[place]!),
    },
  ];
}

/** All together as many as the rule asks for, and half of them without whoever has the most. */
const isEnough = ({ keys, withoutBusiest }: Tally, wanted: number): boolean =>
  keys.size >= wanted && withoutBusiest >= halfOf(wanted);
