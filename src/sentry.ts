import { actionsOf, type Policy, type PolicyRule } from './config/policy.ts';
import type { Alert } from './detect/alert.ts';
import { Detector } from './detect/detector.ts';
import type { DataPlane, Sighting } from './kernel/data-plane.ts';
import type { AlertAction, PacketFacts, ProbeFate, SentryEvent } from './report/event.ts';
import type { Blocks, RemovalCause } from './respond/blocks.ts';
import type { Marks } from './respond/marks.ts';
import { NS_PER_SECOND } from './values/duration.ts';
import { formatPorts } from './values/ports.ts';
import { formatPrefix, parsePrefix } from './values/prefix.ts';

export type SentryParts = {
  readonly policy: Policy;
  readonly dataPlane: Pick<DataPlane, 'nowNs'>;
  readonly blocks: Pick<Blocks, 'add' | 'adopt' | 'has' | 'objectionTo' | 'settle'>;
  readonly marks: Pick<Marks, 'add' | 'has' | 'settle'>;
  readonly tell: (event: SentryEvent) => void;
  readonly countAlert: (rule: string) => void;
  /** Seconds from the deciding probe to the block in force. */
  readonly observeReaction: (seconds: number) => void;
};

/** From sightings to alerts to answers: the one line along which a probe is handled. */
export class Sentry {
  readonly #parts: SentryParts;
  readonly #detector: Detector<PolicyRule>;
  readonly #tellsProbes: boolean;
  /** Names of the rules that mark. */
  readonly #marking: readonly string[];
  /** Events that come up while a probe is answered: they are told after the alert that led to them. */
  #heldBack: SentryEvent[] | undefined;
  #alerts = 0;

  constructor(parts: SentryParts) {
    this.#parts = parts;
    this.#detector = new Detector(parts.policy.rules, parts.policy.tables.sources);
    this.#tellsProbes = parts.policy.portsentry?.style === '2';
    const marks = (rule: PolicyRule) => actionsOf(rule).some((it) => it === 'command' || it === 'record');
    this.#marking = parts.policy.rules.filter(marks).map(({ name }) => name);
  }

  handle(sighting: Sighting): void {
    if (sighting.isIgnored) {
      this.#tellProbe(sighting, 'ignored');
      return;
    }
    const source = formatPrefix(sighting.source);
    this.#settle(source);
    const alerts = this.#detector.observe({ ...sighting, source });
    if (alerts.length === 0 && !sighting.instantBlock) this.#tellProbe(sighting, 'below_trigger');
    else this.#answer(sighting, source, alerts);
  }

  /** Or a rule would still be quiet about what an expired block or mark has answered. */
  #settle(source: string): void {
    const { blocks, marks } = this.#parts;
    blocks.settle(source);
    for (const rule of this.#marking) marks.settle(source, rule);
  }

  /** Tells of something, in its place: what an answer brings about comes after the alert. */
  tell(event: SentryEvent): void {
    if (this.#heldBack) this.#heldBack.push(event);
    else this.#parts.tell(event);
  }

  /** The answer to this source has ended: once expired, the rules may fire again at once; once lifted, they start anew. */
  answerEnded(source: string, cause: RemovalCause): void {
    if (cause === 'lifted') this.#detector.forget(source);
    else this.#detector.rearm(source);
  }

  /** Sources that the rules have forgotten for want of room, ever. */
  get forgotten(): number {
    return this.#detector.forgotten;
  }

  get alerts(): number {
    return this.#alerts;
  }

  /** Blocks first and talks afterwards. */
  #answer(sighting: Sighting, source: string, alerts: readonly Alert<PolicyRule>[]): void {
    const consequences: SentryEvent[] = [];
    this.#heldBack = consequences;
    let actions: readonly AlertAction[] = [];
    try {
      if (sighting.instantBlock) this.#adopt(sighting, sighting.instantBlock);
      actions = alerts.map((alert) => this.#act(alert, sighting, source));
    } finally {
      this.#heldBack = undefined;
    }
    for (const [index, alert] of alerts.entries()) this.#tellAlert(alert, sighting, actions[index]!);
    for (const event of consequences) this.#parts.tell(event);
    this.#tellProbe(sighting, sighting.instantBlock ? 'blocked' : fateOf(actions));
  }

  #adopt(sighting: Sighting, { rule: number, inForceNs }: NonNullable<Sighting['instantBlock']>): void {
    const { blocks, policy, observeReaction } = this.#parts;
    const reason = `${policy.rules[number]?.name ?? `rule ${number}`}: ${textOf([sighting])}`;
    blocks.adopt(sighting.source, reason, evidenceOf(sighting));
    observeReaction((inForceNs - sighting.atNs) / NS_PER_SECOND);
  }

  #act({ rule, ports }: Alert<PolicyRule>, sighting: Sighting, source: string): AlertAction {
    const { blocks, marks, policy } = this.#parts;
    const action = rule.action[sighting.protocol];
    if (action === 'alert') return 'alert';
    if (policy.mode === 'observe') return 'would_block';
    if (sighting.instantBlock && policy.rules[sighting.instantBlock.rule] === rule) return 'block';
    const isAnswered = action === 'block' ? blocks.has(sighting.source) : marks.has(source, rule.name);
    if (isAnswered && rule.again === 'probe') return 'already_blocked';
    if (action !== 'record' && this.#isGuarded(sighting)) return 'guarded';
    if (action === 'block') return this.#block(sighting, rule, `${rule.name}: ${textOf(ports)}`);
    const answer = this.#mark(sighting, source, rule, action);
    return isAnswered && answer !== 'failed' ? 'already_blocked' : answer;
  }

  /** A source may be a network with a guarded address in it: a packet in that one's name must not lead to a command against it. */
  #isGuarded({ source, address }: Sighting): boolean {
    return [source, parsePrefix(address)].some((prefix) => prefix && this.#parts.blocks.objectionTo(prefix));
  }

  #block(sighting: Sighting, rule: PolicyRule, reason: string): AlertAction {
    const { blocks, dataPlane, observeReaction } = this.#parts;
    try {
      blocks.add({
        prefix: sighting.source,
        origin: 'local',
        reason,
        durationMs: rule.blockMs,
        evidence: evidenceOf(sighting),
      });
      observeReaction((dataPlane.nowNs() - sighting.atNs) / NS_PER_SECOND);
      return 'block';
    } catch (error) {
      this.tell({ event: 'warning', text: `not blocked: ${(error as Error).message}` });
      return 'failed';
    }
  }

  #mark(
    { source: prefix, ...sighting }: Sighting,
    source: string,
    rule: PolicyRule,
    by: 'command' | 'record',
  ): AlertAction {
    const evidence = evidenceOf(sighting);
    const mark = { prefix, source, rule: rule.name, by, evidence, durationMs: rule.blockMs };
    if (this.#parts.marks.add(mark)) return by;
    this.tell({
      event: 'warning',
      text: `not answered: ${source}: too many commands wait; its next probe tries again`,
    });
    return 'failed';
  }

  #tellAlert(alert: Alert<PolicyRule>, sighting: Sighting, action: AlertAction): void {
    const { rule, source, probes, ports, kinds, untold } = alert;
    this.#alerts++;
    this.#parts.countAlert(rule.name);
    this.#parts.tell({
      event: 'alert',
      rule: rule.name,
      source,
      destination: sighting.destination,
      probes,
      total: sighting.total,
      untold: rule.again === 'probe' ? untold : 0,
      ports: textOf(ports),
      kinds,
      action,
      ...factsOf(sighting),
    });
  }

  #tellProbe(sighting: Sighting, fate: ProbeFate): void {
    if (this.#tellsProbes) this.#parts.tell({ event: 'probe', fate, ...factsOf(sighting) });
  }
}

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

const evidenceOf = ({ address, protocol, port }: Omit<Sighting, 'source'>) => ({ address, protocol, port });

/** `1-4/tcp,53/udp` */
function textOf(ports: Alert['ports']): string {
  return (['tcp', 'udp'] as const)
    .map((protocol) => {
      const numbers = ports.filter((entry) => entry.protocol === protocol).map(({ port }) => port);
      return numbers.length > 0 ? `${formatPorts(numbers.sort((a, b) => a - b))}/${protocol}` : '';
    })
    .filter((text) => text !== '')
    .join(',');
}
