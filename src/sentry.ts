import type { Policy, PolicyRule } from './config/policy.ts';
import type { Alert } from './detect/alert.ts';
import { Detector } from './detect/detector.ts';
import type { DataPlane, Sighting } from './kernel/data-plane.ts';
import type { SentryEvent } from './report/event.ts';
import type { Blocks } from './respond/blocks.ts';
import { formatPorts } from './values/ports.ts';
import { formatPrefix } from './values/prefix.ts';

const NS_PER_SECOND = 1e9;

export type SentryParts = {
  readonly policy: Policy;
  readonly dataPlane: Pick<DataPlane, 'nowNs'>;
  readonly blocks: Pick<Blocks, 'add' | 'adopt'>;
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
    if (sighting.instantBlock) this.#adopt(sighting, sighting.instantBlock);
    for (const alert of this.#detector.observe({ ...sighting, source })) this.#respond(alert, sighting);
  }

  /** A block of this source has ended: the rules may fire for it again at once. */
  rearm(source: string): void {
    this.#detector.rearm(source);
  }

  get alerts(): number {
    return this.#alerts;
  }

  #adopt(sighting: Sighting, { rule, inForceNs }: NonNullable<Sighting['instantBlock']>): void {
    const name = this.#parts.policy.rules[rule]?.name ?? `rule ${rule}`;
    this.#parts.blocks.adopt(sighting.source, `${name}: ${portText(sighting)}`);
    this.#parts.observeReaction((inForceNs - sighting.atNs) / NS_PER_SECOND);
  }

  #respond(alert: Alert<PolicyRule>, sighting: Sighting): void {
    const { rule, source, probes, kinds } = alert;
    const { policy } = this.#parts;
    const ports = portsText(alert);
    this.#alerts++;
    this.#parts.countAlert(rule.name);
    const action = rule.action === 'alert' ? 'alert' : policy.mode === 'enforce' ? 'block' : 'would_block';
    const { destination } = sighting;
    this.#parts.tell({ event: 'alert', rule: rule.name, source, destination, probes, ports, kinds, action });
    if (action === 'block' && !sighting.instantBlock) this.#block(alert, sighting, `${rule.name}: ${ports}`);
  }

  #block(alert: Alert<PolicyRule>, sighting: Sighting, reason: string): void {
    const { blocks, dataPlane, observeReaction, tell } = this.#parts;
    try {
      blocks.add({ prefix: sighting.source, origin: 'local', reason, durationMs: alert.rule.blockMs });
      observeReaction((dataPlane.nowNs() - sighting.atNs) / NS_PER_SECOND);
    } catch (error) {
      tell({ event: 'warning', text: `not blocked: ${(error as Error).message}` });
    }
  }
}

const portText = ({ port, protocol }: Pick<Sighting, 'port' | 'protocol'>): string => `${port}/${protocol}`;

/** `1-4/tcp,53/udp` */
function portsText({ ports }: Alert): string {
  return (['tcp', 'udp'] as const)
    .map((protocol) => {
      const numbers = ports.filter((entry) => entry.protocol === protocol).map(({ port }) => port);
      return numbers.length > 0 ? `${formatPorts(numbers.sort((a, b) => a - b))}/${protocol}` : '';
    })
    .filter((text) => text !== '')
    .join(',');
}
