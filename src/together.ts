import { actionOf, isAboutNetworks, type Policy, type PolicyRule } from './config/policy.ts';
import { transportOf } from './detect/probe.ts';
import {
  Campaign,
  type CampaignAlert,
  type CampaignMemory,
  type Measure,
} from './detect/together/campaign.ts';
import { type DecoyAlert, Decoys } from './detect/together/decoys.ts';
import type { NetworkRule, SentProbe, Witness } from './detect/together/member.ts';
import { type NetworkAlert, NetworkDetector } from './detect/together/network-detector.ts';
import { decoyBounds } from './kernel/decoy-bounds.ts';
import type { AlertAction, TogetherEvent } from './report/event.ts';
import { portsText } from './report/ports-text.ts';
import type { Blocks, Lengthen } from './respond/blocks.ts';
import { networkOf } from './values/network-of.ts';
import { formatPrefix, type Prefix, parsePrefix } from './values/prefix.ts';

export type TogetherParts = {
  readonly blocks: Pick<Blocks, 'add' | 'objectionTo'>;
  readonly lengthen: Lengthen;
  readonly warn: (text: string) => void;
};

type RuleAboutNetworks = PolicyRule & NetworkRule;

/** Sources that belong together: what they do is looked at here, and what follows on that. docs/together.md */
export class Together {
  readonly #parts: TogetherParts;
  #policy: Policy;
  #networks: NetworkDetector<RuleAboutNetworks>;
  #decoys: Decoys | undefined;
  #campaign: Campaign | undefined;
  #forgottenBefore = { network: 0, decoy: 0 };

  constructor(policy: Policy, parts: TogetherParts) {
    this.#parts = parts;
    this.#policy = policy;
    this.#networks = networksOf(policy);
    this.#decoys = policy.guardsDecoys ? new Decoys(decoyBounds) : undefined;
    this.#campaign = policy.campaign && new Campaign(policy.campaign);
  }

  /** Goes by another policy from now on. What is counted otherwise begins anew. */
  renew(policy: Policy): void {
    const old = this.#policy;
    this.#policy = policy;
    if (policy.rules !== old.rules) {
      this.#forgottenBefore.network += this.#networks.forgotten;
      this.#networks = networksOf(policy);
    }
    if (policy.guardsDecoys !== old.guardsDecoys) {
      this.#forgottenBefore.decoy += this.#decoys?.forgotten ?? 0;
      this.#decoys = policy.guardsDecoys ? new Decoys(decoyBounds) : undefined;
    }
    if (policy.campaign && this.#campaign) this.#campaign.renew(policy.campaign);
    else this.#campaign = policy.campaign && new Campaign(policy.campaign);
  }

  /** Looks at a probe before any rule about its source does. */
  notice(
    probe: SentProbe,
    isAmongDecoys: boolean,
  ): { readonly copied: readonly string[]; readonly isAlone: boolean } {
    return this.#decoys?.observe(probe, isAmongDecoys) ?? { copied: [], isAlone: false };
  }

  /** True of a source whose probes come in the names of others, too. */
  isDecoy(source: string): boolean {
    return this.#decoys?.isDecoy(source) === true;
  }

  /** Looks at it after the rules about its source, which have `caught` it or not. Answers what there is to tell. */
  judge(probe: SentProbe, prefix: Prefix, caught: boolean): TogetherEvent[] {
    const { source, atNs } = probe;
    const network = networkOf(prefix);
    const name = network && formatPrefix(network);
    if (caught) {
      if (name) this.#networks.catch(probe, name);
      this.#campaign?.catch(source, atNs);
      return [];
    }
    if (this.isDecoy(source)) return [];
    const alerts = name ? this.#networks.observe(probe, name) : [];
    for (const { members } of alerts)
      for (const member of members) this.#campaign?.catch(member.source, atNs);
    if (alerts.length === 0) this.#campaign?.observe(probe, name ?? source);
    return alerts.map((alert) => this.#answer(alert, probe));
  }

  /** What there is to tell by then. To be asked now and then, and before each probe. */
  due(nowNs: number): TogetherEvent[] {
    const decoys = this.#decoys?.due(nowNs) ?? [];
    for (const { sources } of decoys) for (const source of sources) this.#campaign?.catch(source, nowNs);
    const campaign = this.#campaign?.due(nowNs);
    return [...decoys.map(decoyEvent), ...(campaign ? [campaignEvent(campaign)] : [])];
  }

  /** What was forgotten for want of room, ever, by what it was. */
  get forgotten(): { readonly network: number; readonly decoy: number } {
    const { network, decoy } = this.#forgottenBefore;
    return {
      network: network + this.#networks.forgotten,
      decoy: decoy + (this.#decoys?.forgotten ?? 0),
    };
  }

  /** Ports in the last hour that no rule has an answer to, and from how many on that is a campaign; undefined: nobody looks. */
  get campaign(): { readonly all: Measure; readonly rare: Measure } | undefined {
    return this.#campaign;
  }

  /** What is known of campaigns, to go on with after a restart. Undefined: nothing. */
  campaignMemory(nowNs: number): CampaignMemory | undefined {
    return this.#campaign?.memory(nowNs);
  }

  restoreCampaign(memory: CampaignMemory, nowNs: number): void {
    this.#campaign?.restore(memory, nowNs);
  }

  #answer(alert: NetworkAlert<RuleAboutNetworks>, probe: SentProbe): TogetherEvent {
    const { rule, network, members, ports, hosts, probes, kinds } = alert;
    const answers = members.map((member) => this.#answerOne(alert, member, actionOf(rule, member.protocol)));
    const of = (action: AlertAction) => answers.filter((answer) => answer.action === action).length;
    return {
      event: 'distributed',
      rule: rule.name,
      network,
      sources: members.map(({ source }) => source),
      destination: probe.destination,
      probes,
      ports: portsText(ports),
      hosts,
      kinds,
      action: answers.find(({ action }) => action === 'block')?.action ?? answers[0]!.action,
      blocked: of('block'),
      guarded: of('guarded'),
    };
  }

  /** The network itself is never blocked, and whoever is guarded stays so. */
  #answerOne(
    { rule, network, members, ports }: NetworkAlert<RuleAboutNetworks>,
    { source, address, protocol, port }: Witness,
    wanted: 'alert' | 'block' | 'record' | 'command',
  ): { readonly action: AlertAction } {
    if (wanted !== 'block') return { action: 'alert' };
    if (this.#policy.mode === 'observe') return { action: 'would_block' };
    const { blocks, lengthen, warn } = this.#parts;
    const prefix = parsePrefix(source)!;
    const evidence = { address, protocol: transportOf(protocol), port };
    if (blocks.objectionTo({ prefix, origin: 'local', evidence }) !== undefined) return { action: 'guarded' };
    const reason = `${rule.name}: one of ${members.length} sources in ${network}: ${portsText(ports)}`;
    const durationMs = rule.blockMs === undefined ? undefined : lengthen(prefix, rule.blockMs);
    try {
      blocks.add({ prefix, origin: 'local', reason, durationMs, evidence });
      return { action: 'block' };
    } catch (error) {
      warn(`not blocked: ${(error as Error).message}`);
      return { action: 'failed' };
    }
  }
}

const networksOf = ({ rules, tables }: Policy): NetworkDetector<RuleAboutNetworks> =>
  new NetworkDetector(rules.filter(isAboutNetworks), tables.sources);

const decoyEvent = ({ sources, destination, ports, probes, kinds, isSpared }: DecoyAlert): TogetherEvent => ({
  event: 'decoy',
  rule: 'decoy',
  sources,
  destination,
  probes,
  ports: portsText(ports),
  kinds,
  spared: isSpared,
});

const campaignEvent = ({
  sources,
  sourceCount,
  ports,
  usual,
  networks,
  ...alert
}: CampaignAlert): TogetherEvent => ({
  event: 'campaign',
  rule: 'campaign',
  sources,
  sourceCount,
  portCount: ports,
  usualPortCount: usual,
  rarePortCount: alert.rarePorts,
  usualRarePortCount: alert.usualRare,
  networks,
});
