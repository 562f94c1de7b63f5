import type { Policy } from './config/policy.ts';
import type { BlockEntry, Ports, Request, Results, Status } from './control/protocol.ts';
import { SentryError } from './errors.ts';
import type { DataPlane, LossCount } from './kernel/data-plane.ts';
import type { Block, Blocks } from './respond/blocks.ts';
import { NS_PER_MS } from './values/duration.ts';
import { type Prefix, parsePrefix } from './values/prefix.ts';
import { version } from './version.ts';

export type AnswerParts = {
  readonly policy: Policy;
  readonly dataPlane: DataPlane;
  readonly blocks: Blocks;
  readonly metricsUrl: string | undefined;
  readonly alerts: () => number;
  readonly losses: () => LossCount[];
};

/** What the running sentry answers to the requests of the control socket. */
export class Answers {
  readonly #parts: AnswerParts;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  answer(request: Request): Results[keyof Results] | Promise<Results[keyof Results]> {
    switch (request.command) {
      case 'status':
        return this.#status();
      case 'ports':
        return this.#ports();
      case 'blocks':
        return [...this.#parts.blocks].map((block) => this.#entry(block));
      case 'block': {
        const reason = request.reason ?? undefined;
        const durationMs = request.durationMs ?? undefined;
        const prefix = prefixOf(request.source);
        return this.#entry(this.#parts.blocks.add({ prefix, origin: 'operator', reason, durationMs }));
      }
      case 'unblock':
        return { source: this.#parts.blocks.lift(prefixOf(request.source)).source };
    }
  }

  async #status(): Promise<Status> {
    const { policy, dataPlane, blocks, metricsUrl, alerts, losses } = this.#parts;
    const { attachment } = dataPlane;
    return {
      version,
      pid: process.pid,
      uptimeSeconds: Math.floor(process.uptime()),
      policy: policy.origin,
      mode: policy.mode,
      interface: attachment.interface,
      xdp: attachment.mode,
      xdpFallback: attachment.fallback ?? null,
      metrics: metricsUrl ?? null,
      alerts: alerts(),
      blocks: [...blocks].length,
      outcomes: dataPlane.outcomes(),
      probes: dataPlane.probes(),
      lost: losses(),
      tables: await dataPlane.tables(),
    };
  }

  #ports(): Ports {
    const { tcp, udp } = this.#parts.policy.monitor;
    return {
      monitored: { tcp: tcp.toString(), udp: udp.toString() },
      probed: this.#parts.dataPlane.portProbes(),
    };
  }

  #entry({ prefix, source, origin, reason, addedNs, expiresNs }: Block): BlockEntry {
    const nowNs = this.#parts.dataPlane.nowNs();
    const nowMs = Date.now();
    const wallClock = (ns: number) => new Date(nowMs + (ns - nowNs) / NS_PER_MS).toISOString();
    const standing = this.#parts.dataPlane.readBlock(prefix);
    return {
      source,
      origin,
      reason,
      since: wallClock(addedNs),
      until: expiresNs === undefined ? null : wallClock(expiresNs),
      remainingSeconds: expiresNs === undefined ? null : Math.ceil((expiresNs - nowNs) / NS_PER_MS / 1000),
      packets: standing?.packets ?? 0,
      bytes: standing?.bytes ?? 0,
      lastSeen: standing?.lastSeenNs === undefined ? null : wallClock(standing.lastSeenNs),
    };
  }
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new SentryError('XS_ERR_ADDRESS', `"${text}"`);
  return prefix;
}
