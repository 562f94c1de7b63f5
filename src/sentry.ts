import type { Policy, PolicyRule } from './config/policy.ts';
import type { Alert } from './detect/alert.ts';
import { Detector } from './detect/detector.ts';
import type { DataPlane, Sighting } from './kernel/data-plane.ts';
import type { AlertAction, SentryEvent } from './report/event.ts';
import type { Blocks, RemovalCause } from './respond/blocks.ts';
import { NS_PER_SECOND } from './values/duration.ts';
import { formatPorts } from './values/ports.ts';
import { formatPrefix } from './values/prefix.ts';

export type SentryParts = {
  readonly policy: Policy;
  readonly dataPlane: Pick<DataPlane, 'nowNs'>;
  readonly blocks: Pick<Blocks, 'add' | 'adopt' | 'objectionTo' | 'settle'>;
  readonly tell: (event: SentryEvent) => void;
  readonly countAlert: (rule: string) => void;
  /** Seconds from the deciding probe to the block in force. */
  readonly observeReaction: (seconds: number) => void;
};

/** From sightings to alerts to blocks: the one line along which a probe is handled. */
export class Sentry {
  readonly #parts: SentryParts;
  readonly #detector: Detector<PolicyRule>;
  #alerts = 0;

  constructor(parts: SentryParts) {
    this.#parts = parts;
    this.#detector = new Detector(parts.policy.rules, parts.policy.tables.sources);
  }

  handle(sighting: Sighting): void {
    const source = formatPrefix(sighting.source);
    this.#parts.blocks.settle(source); // or a rule would still be quiet about what an expired block has answered
    const alerts = this.#detector.observe({ ...sighting, source });
    for (const alert of alerts) this.#tell(alert, sighting);
    if (sighting.instantBlock) this.#adopt(sighting, sighting.instantBlock);
    for (const { rule, ports } of alerts) {
      const isDone = sighting.instantBlock && this.#parts.policy.rules[sighting.instantBlock.rule] === rule;
      if (!isDone && this.#actionOf(rule, sighting) === 'block') {
        this.#block(sighting, rule, `${rule.name}: ${textOf(ports)}`);
      }
    }
  }

  /** A block of this source has ended: once expired, the rules may fire again at once; once lifted, they start anew. */
  blockEnded(source: string, cause: RemovalCause): void {
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

  #adopt(sighting: Sighting, { rule: number, inForceNs }: NonNullable<Sighting['instantBlock']>): void {
    const { blocks, policy, observeReaction } = this.#parts;
    const reason = `${policy.rules[number]?.name ?? `rule ${number}`}: ${textOf([sighting])}`;
    blocks.adopt(sighting.source, reason);
    observeReaction((inForceNs - sighting.atNs) / NS_PER_SECOND);
  }

  #tell({ rule, source, probes, ports, kinds }: Alert<PolicyRule>, sighting: Sighting): void {
    this.#alerts++;
    this.#parts.countAlert(rule.name);
    this.#parts.tell({
      event: 'alert',
      rule: rule.name,
      source,
      destination: sighting.destination,
      probes,
      total: sighting.total,
      ports: textOf(ports),
      kinds,
      action: this.#actionOf(rule, sighting),
    });
  }

  #actionOf(rule: PolicyRule, sighting: Sighting): AlertAction {
    if (rule.action === 'alert') return 'alert';
    if (this.#parts.policy.mode === 'observe') return 'would_block';
    return this.#parts.blocks.objectionTo(sighting.source) ? 'guarded' : 'block';
  }

  #block(sighting: Sighting, rule: PolicyRule, reason: string): void {
    const { blocks, dataPlane, observeReaction, tell } = this.#parts;
    try {
      blocks.add({ prefix: sighting.source, origin: 'local', reason, durationMs: rule.blockMs });
      observeReaction((dataPlane.nowNs() - sighting.atNs) / NS_PER_SECOND);
    } catch (error) {
      tell({ event: 'warning', text: `not blocked: ${(error as Error).message}` });
    }
  }
}

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
