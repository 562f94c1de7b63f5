import { actionOf, type Policy, type PolicyRule, ruleNameAt } from './config/policy.ts';
import type { Alert } from './detect/alert.ts';
import { transportOf } from './detect/probe.ts';
import type { DataPlane, Sighting } from './kernel/data-plane.ts';
import type { AlertAction } from './report/event.ts';
import { portsText } from './report/ports-text.ts';
import type { Blocks, Lengthen } from './respond/blocks.ts';
import type { Evidence, Marks } from './respond/marks.ts';
import { NS_PER_SECOND } from './values/duration.ts';

export type AnsweringParts = {
  /** The one that holds now. */
  readonly policy: () => Policy;
  readonly dataPlane: Pick<DataPlane, 'nowNs'>;
  readonly blocks: Pick<Blocks, 'add' | 'adopt' | 'get' | 'has' | 'lasts' | 'objectionTo'>;
  readonly marks: Pick<Marks, 'add' | 'has'>;
  /** How long a block of that source lasts, which would last so long the first time. */
  readonly lengthen: Lengthen;
  /** Seconds from the deciding probe to the block in force. */
  readonly observeReaction: (seconds: number) => void;
  readonly warn: (text: string) => void;
};

/** A probe, its source's text, and the alerts that it led to. `decided`: the rule that the kernel has carried out with it. */
export type Answerable = {
  readonly sighting: Sighting;
  readonly source: string;
  readonly alerts: readonly Alert<PolicyRule>[];
  readonly decided: PolicyRule | undefined;
};

/** What an alert led to; when the source is guarded, why. */
export type Outcome = { readonly action: AlertAction; readonly objection?: string };

/** What each alert led to, in their order; `objection`: what the guard had against the kernel's own block, which has ended then. */
export type Done = { readonly outcomes: readonly Outcome[]; readonly objection: string | undefined };

/** From alerts to blocks and marks: each rule's action, as far as the guard and the mode allow it. */
export class Answering {
  readonly #parts: AnsweringParts;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
  }

  answer(given: Answerable): Done {
    const { sighting, alerts } = given;
    const objection = sighting.instantBlock && this.#adopt(given, sighting.instantBlock);
    return { outcomes: alerts.map((alert) => this.#act(alert, given, objection)), objection };
  }

  /** Answers why the kernel's block must not be: then it has ended. */
  #adopt(
    { sighting, alerts, decided }: Answerable,
    { rule: number, inForceNs }: NonNullable<Sighting['instantBlock']>,
  ): string | undefined {
    const { blocks, observeReaction, policy } = this.#parts;
    const alert = alerts.find(({ rule }) => rule === decided);
    const reason = `${ruleNameAt(policy(), number)}: ${portsText(alert?.ports ?? [sighting])}`;
    const known = alert ? undefined : blocks.get(sighting.source)?.reason; // told of by another CPU's event
    const objection = blocks.adopt(sighting.source, known ?? reason, evidenceOf(sighting));
    if (objection === undefined) observeReaction((inForceNs - sighting.atNs) / NS_PER_SECOND);
    return objection;
  }

  /** `kernelObjection`: what the guard had against the kernel's own block. */
  #act(
    alert: Alert<PolicyRule>,
    { sighting, source, decided }: Answerable,
    kernelObjection: string | undefined,
  ): Outcome {
    const { rule, ports, hosts } = alert;
    const { blocks, marks, policy } = this.#parts;
    const action = actionOf(rule, sighting.protocol);
    if (action === 'alert') return { action };
    if (policy().mode === 'observe') return { action: 'would_block' };
    if (rule === decided) {
      return kernelObjection === undefined
        ? { action: 'block' }
        : { action: 'guarded', objection: kernelObjection };
    }
    const isAnswered = action === 'block' ? blocks.has(sighting.source) : marks.has(source, rule.name);
    if (isAnswered && rule.again === 'probe') return { action: 'already_blocked' };
    const evidence = evidenceOf(sighting, isProven(alert));
    const objection =
      action === 'record'
        ? undefined
        : blocks.objectionTo({ prefix: sighting.source, origin: 'local', evidence });
    if (objection !== undefined) return { action: 'guarded', objection };
    if (action === 'block') {
      if (blocks.lasts(sighting.source, rule.blockMs)) return { action: 'already_blocked' };
      const reason = `${rule.name}: ${portsText(ports)}${hosts > 1 ? ` at ${hosts} addresses` : ''}`;
      return { action: this.#block(sighting, rule, reason, evidence) };
    }
    const answer = this.#mark(sighting, source, rule, action, evidence);
    return { action: isAnswered && answer !== 'failed' ? 'already_blocked' : answer };
  }

  #block(sighting: Sighting, rule: PolicyRule, reason: string, evidence: Evidence): AlertAction {
    const { blocks, dataPlane, lengthen, observeReaction } = this.#parts;
    const { blockMs } = rule;
    try {
      blocks.add({
        prefix: sighting.source,
        origin: 'local',
        reason,
        durationMs: blockMs === undefined ? undefined : lengthen(sighting.source, blockMs),
        evidence,
      });
      observeReaction((dataPlane.nowNs() - sighting.atNs) / NS_PER_SECOND);
      return 'block';
    } catch (error) {
      this.#parts.warn(`not blocked: ${(error as Error).message}`);
      return 'failed';
    }
  }

  #mark(
    { source: prefix }: Sighting,
    source: string,
    rule: PolicyRule,
    by: 'command' | 'record',
    evidence: Evidence,
  ): AlertAction {
    const mark = { prefix, source, rule: rule.name, by, evidence, durationMs: rule.blockMs };
    if (this.#parts.marks.add(mark)) return by;
    this.#parts.warn(`not answered: ${source}: too many commands wait; its next probe tries again`);
    return 'failed';
  }
}

const evidenceOf = ({ address, protocol, port }: Sighting, isProven = false): Evidence => ({
  address,
  protocol: transportOf(protocol),
  port,
  ...(isProven && { isProven }),
});

/** Every probe that the rule counted was a completed TCP handshake. All others may be in the name of somebody else. */
const isProven = ({ kinds, ports }: Alert): boolean =>
  kinds.every((kind) => kind === 'connect') && ports.every(({ protocol }) => protocol === 'tcp');
