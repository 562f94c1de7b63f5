import { Answering, type Done, type Outcome } from './answering.ts';
import { actionsOf, isAboutNetworks, type Policy, type PolicyRule, ruleAt } from './config/policy.ts';
import type { Alert } from './detect/alert.ts';
import { Detector } from './detect/detector.ts';
import type { Probe } from './detect/probe.ts';
import type { Standing } from './detect/rule-state.ts';
import type { SentProbe } from './detect/together/member.ts';
import { type Finding, SURE } from './detect/tools/evidence.ts';
import { Fingerprints } from './detect/tools/fingerprints.ts';
import type { ToolName } from './detect/tools/tool-name.ts';
import type { Trails } from './detect/trails.ts';
import type { DataPlane, Sighting } from './kernel/data-plane.ts';
import type { AlertAction, PacketFacts, ProbeFate, SentryEvent, TogetherEvent } from './report/event.ts';
import { portsText } from './report/ports-text.ts';
import type { Block, Blocks, Lengthen, RemovalCause } from './respond/blocks.ts';
import type { Marks } from './respond/marks.ts';
import { Together } from './together.ts';
import { formatAddress, formatPrefix, type Prefix, parsePrefix } from './values/prefix.ts';

/** Whether all that has led to an answer is forgiven when that ends so: somebody, or something that speaks for the source, has let it in. */
const IS_FORGIVEN: Readonly<Record<RemovalCause, boolean>> = {
  expired: false,
  displaced: false,
  suspended: false, // a block is back when the sentry enforces again
  lifted: true,
  guarded: true,
};

/** What comes in the very moment in which an answer expires comes after it. */
const MOMENT_NS = 1000;

export type SentryParts = {
  readonly policy: Policy;
  readonly dataPlane: Pick<DataPlane, 'nowNs' | 'forget'>;
  readonly blocks: Pick<
    Blocks,
    'add' | 'adopt' | 'get' | 'has' | 'lasts' | 'objectionTo' | 'reconsider' | 'settle'
  >;
  readonly marks: Pick<Marks, 'add' | 'has' | 'settle'>;
  /** What sources have touched, here and in earlier runs. */
  readonly trails: Pick<Trails, 'note' | 'spend' | 'of'>;
  /** How long a block of that source lasts, which would last so long the first time. */
  readonly lengthen: Lengthen;
  readonly tell: (event: SentryEvent) => void;
  readonly countAlert: (rule: string) => void;
  /** A probe came from a source that scans with that tool beyond doubt; undefined: nobody knows with what. */
  readonly countTool: (tool: ToolName | undefined) => void;
  /** Whose scanner a source is known to be. */
  readonly labelOf: (sighting: Pick<Sighting, 'source' | 'address'>) => string | undefined;
  /** Seconds from the deciding probe to the block in force. */
  readonly observeReaction: (seconds: number) => void;
};

/** From sightings to alerts to answers: the one line along which a probe is handled. */
export class Sentry {
  readonly #parts: SentryParts;
  #policy: Policy;
  #detector: Detector<PolicyRule>;
  #fingerprints: Fingerprints;
  #forgottenBefore = 0;
  readonly #together: Together;
  readonly #answering: Answering;
  readonly #tellsProbes: boolean;
  /** A rule tells research scanners from others; else labels are looked for only when there is an alert. */
  #asksForLabels: boolean;
  #marking: readonly string[];
  /** Events that come up while a probe is answered: they are told after the alert that led to them. */
  #heldBack: SentryEvent[] | undefined;
  #alerts = 0;

  constructor(parts: SentryParts) {
    this.#parts = parts;
    this.#policy = parts.policy;
    this.#detector = this.#newDetector();
    this.#fingerprints = new Fingerprints(parts.policy.tables.sources);
    this.#asksForLabels = asksForLabels(parts.policy);
    const warn = (text: string) => this.tell({ event: 'warning', text });
    this.#together = new Together(parts.policy, { ...parts, warn });
    this.#answering = new Answering({ ...parts, warn, policy: () => this.#policy });
    this.#tellsProbes = parts.policy.portsentry?.style === '2';
    this.#marking = namesOfMarking(parts.policy);
  }

  /** Goes by another policy from now on. Other rules find what sources have touched before. */
  renew(policy: Policy): void {
    const areOthers = policy.rules !== this.#policy.rules;
    this.#policy = policy;
    this.#asksForLabels = asksForLabels(policy);
    this.#together.renew(policy);
    if (!areOthers) return;
    this.#marking = namesOfMarking(policy);
    this.recount();
  }

  /**
   * Lets the rules count anew, each source from what is remembered of it when it comes again: because they are others, or because more is
   * remembered.
   */
  recount(): void {
    this.#forgottenBefore += this.#detector.forgotten;
    this.#detector = this.#newDetector();
  }

  /** Of the rules about sources by themselves. */
  #newDetector(): Detector<PolicyRule> {
    const { rules, tables } = this.#policy;
    const own = rules.filter((rule) => !isAboutNetworks(rule));
    return new Detector(own, tables.sources, (source, nowNs) => this.#parts.trails.of(source, nowNs));
  }

  /** Of a network that is one source the address is not remembered: that of the network stands for it. */
  #labelOf(text: string): string | undefined {
    const source = parsePrefix(text);
    return source && this.#parts.labelOf({ source, address: formatAddress(source.family, source.bytes) });
  }

  handle(sighting: Sighting): void {
    if (sighting.isIgnored) {
      this.#tellProbe(sighting, 'ignored');
      return;
    }
    const source = formatPrefix(sighting.source);
    this.lookAround(sighting.atNs);
    this.#settle(sighting, source);
    const probe = {
      ...sighting,
      source,
      label: this.#asksForLabels ? (this.#parts.labelOf(sighting) ?? null) : undefined,
    };
    const { mark, finding } = this.#fingerprints.observe(probe);
    if (sighting.traits) this.#parts.countTool(isSure(finding) ? finding.tool : undefined);
    this.#noticeCopies(probe);
    const alerts = this.#alertsOf({ ...probe, mark }, this.#decidedBy(sighting));
    this.#parts.trails.note({ ...probe, mark }); // not before: rules that do not know the source count what it did before this
    if (alerts.length === 0 && !sighting.instantBlock) this.#tellProbe(sighting, 'below_trigger');
    else this.#answer(sighting, source, alerts);
    this.#tellTogether(() => this.#together.judge({ ...probe, mark }, sighting.source, alerts.length > 0));
  }

  /** Tells what sources are up to together, as far as that shows only after a while. To be called now and then. */
  lookAround(nowNs = this.#parts.dataPlane.nowNs()): void {
    this.#tellTogether(() => this.#together.due(nowNs));
  }

  /** What others have sent as well speaks against nobody: what it has led to ends. */
  #noticeCopies(probe: SentProbe & Pick<Sighting, 'isAmongDecoys'>): void {
    const { copied, isAlone } = this.#together.notice(probe, probe.isAmongDecoys);
    if (isAlone) this.#detector.rearm(probe.source);
    for (const source of copied) {
      const objection = this.#parts.blocks.reconsider(parsePrefix(source)!);
      if (objection) this.tell({ event: 'warning', text: `${source} is let in again: ${objection}` });
    }
  }

  /** Acts first and talks afterwards, as with alerts of one source. */
  #tellTogether(act: () => readonly TogetherEvent[]): void {
    const consequences: SentryEvent[] = [];
    this.#heldBack = consequences;
    let events: readonly TogetherEvent[] = [];
    try {
      events = act();
    } finally {
      this.#heldBack = undefined;
    }
    for (const event of events) {
      this.#alerts++;
      this.#parts.countAlert(event.rule);
      this.#parts.tell(event);
    }
    for (const event of consequences) this.#parts.tell(event);
  }

  /** What is known of sources that belong together. */
  get together(): Pick<Together, 'forgotten' | 'campaign' | 'campaignMemory' | 'restoreCampaign'> {
    return this.#together;
  }

  /** True of a source whose probes come in the names of others, too: rules block none of these. */
  isDecoy(source: Prefix): boolean {
    return this.#together.isDecoy(formatPrefix(source));
  }

  /** What the source scans with, as far as it is known. */
  toolOf(source: string): Finding | undefined {
    return this.#fingerprints.find(source);
  }

  #alertsOf(probe: Probe, decided: PolicyRule | undefined): Alert<PolicyRule>[] {
    return decided ? this.#detector.confirm(probe, decided) : this.#detector.observe(probe);
  }

  /** The rule that the kernel has carried out with this probe. */
  #decidedBy({ instantBlock }: Sighting): PolicyRule | undefined {
    return ruleAt(this.#policy, instantBlock?.rule);
  }

  /** Or a rule would still be quiet about what an expired block or mark has answered. */
  #settle({ source: prefix }: Sighting, source: string): void {
    const { blocks, marks } = this.#parts;
    blocks.settle(prefix);
    for (const rule of this.#marking) marks.settle(source, rule);
  }

  /** Tells of something, in its place: what an answer brings about comes after the alert. */
  tell(event: SentryEvent): void {
    if (this.#heldBack) this.#heldBack.push(event);
    else this.#parts.tell(event);
  }

  /** An answer to this source has begun: what led to it leads to no other. */
  answerBegan({ source, addedNs }: Pick<Block, 'source' | 'addedNs'>): void {
    this.#parts.trails.spend(source, addedNs, 'answered');
    this.#detector.spend(source, addedNs);
  }

  /**
   * The answer to this source has ended: once lifted or let in, all is forgiven; else the rules may fire again at once, for what comes from
   * then on.
   */
  answerEnded(
    { prefix, source, expiresNs = Number.POSITIVE_INFINITY }: Pick<Block, 'prefix' | 'source' | 'expiresNs'>,
    cause: RemovalCause,
  ): void {
    const { trails, dataPlane } = this.#parts;
    const nowNs = dataPlane.nowNs();
    if (!IS_FORGIVEN[cause]) {
      const untilNs = Math.min(nowNs, expiresNs) - MOMENT_NS;
      trails.spend(source, untilNs, 'answered');
      this.#detector.spend(source, untilNs);
      this.#detector.rearm(source);
      return;
    }
    trails.spend(source, nowNs, 'pardoned');
    this.#detector.forget(source);
    dataPlane.forget(prefix); // a mark's; of a block it must be done before the source gets in, and is
  }

  /** How far the source is on its way to each rule, in their order. */
  standings(source: string): Standing<PolicyRule>[] {
    const label = this.#asksForLabels ? (this.#labelOf(source) ?? null) : undefined;
    return this.#detector.standings(source, this.#parts.dataPlane.nowNs(), label);
  }

  /** Sources that the rules have forgotten for want of room, ever. */
  get forgotten(): number {
    return this.#forgottenBefore + this.#detector.forgotten;
  }

  get alerts(): number {
    return this.#alerts;
  }

  /** Blocks first and talks afterwards. */
  #answer(sighting: Sighting, source: string, alerts: readonly Alert<PolicyRule>[]): void {
    const consequences: SentryEvent[] = [];
    this.#heldBack = consequences;
    let done: Done = { outcomes: [], objection: undefined };
    try {
      done = this.#answering.answer({ sighting, source, alerts, decided: this.#decidedBy(sighting) });
    } finally {
      this.#heldBack = undefined;
    }
    const { outcomes, objection } = done;
    for (const [index, alert] of alerts.entries()) this.#tellAlert(alert, sighting, outcomes[index]!);
    for (const event of consequences) this.#parts.tell(event);
    const isBlocked = sighting.instantBlock && objection === undefined;
    this.#tellProbe(sighting, isBlocked ? 'blocked' : fateOf(outcomes.map(({ action }) => action)));
  }

  #tellAlert(alert: Alert<PolicyRule>, sighting: Sighting, { action, objection }: Outcome): void {
    const label = this.#parts.labelOf(sighting);
    const { rule, source, probes, ports, hosts, kinds, untold } = alert;
    this.#alerts++;
    this.#parts.countAlert(rule.name);
    this.#parts.tell({
      event: 'alert',
      rule: rule.name,
      source,
      ...(label !== undefined && { label }),
      destination: sighting.destination,
      probes,
      total: sighting.total,
      untold: rule.again === 'probe' ? untold : 0,
      ports: portsText(ports),
      hosts,
      kinds,
      ...this.toolOf(source),
      action,
      ...(objection !== undefined && { objection }),
      by: rule === this.#decidedBy(sighting) ? 'kernel' : 'controller',
      ...factsOf(sighting),
    });
  }

  #tellProbe(sighting: Sighting, fate: ProbeFate): void {
    if (this.#tellsProbes) this.#parts.tell({ event: 'probe', fate, ...factsOf(sighting) });
  }
}

const isSure = (finding: Finding | undefined): finding is Finding =>
  finding !== undefined && finding.confidence >= SURE;

const asksForLabels = ({ rules }: Policy): boolean => rules.some(({ research }) => research !== undefined);

/** Names of the rules that mark. */
const namesOfMarking = ({ rules }: Policy): string[] =>
  rules
    .filter((rule) => actionsOf(rule).some((it) => it === 'command' || it === 'record'))
    .map(({ name }) => name);

/** Of several answers to one probe the strongest. */
function fateOf(actions: readonly AlertAction[]): ProbeFate {
  if (actions.some((action) => ['block', 'command', 'already_blocked'].includes(action))) return 'blocked';
  return actions.includes('failed') ? 'failed' : 'not_blocked';
}

const factsOf = ({ address, protocol, port, kind, tcpFlags, ipOptions }: Sighting): PacketFacts => ({
  address,
  protocol,
  port,
  kind,
  tcpFlags,
  ipOptions,
});
