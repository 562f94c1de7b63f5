import type { Policy } from './config/policy.ts';
import type {
  BlockEntry,
  ListEntry,
  MemoryStatus,
  Ports,
  Request,
  Results,
  Status,
} from './control/protocol.ts';
import { SentryError } from './errors.ts';
import { type AskHistory, answerHistory } from './history-answer.ts';
import type { DataPlane, LossCount } from './kernel/data-plane.ts';
import type { ListKeeper } from './lists/keeper.ts';
import type { ListSpec } from './lists/list.ts';
import type { ListStatus } from './lists/status.ts';
import type { Block, Blocks } from './respond/blocks.ts';
import type { Mark, Marks } from './respond/marks.ts';
import type { Responses } from './respond/responses/responses.ts';
import { NS_PER_MS } from './values/duration.ts';
import { formatPrefix, fullLength, type Prefix, parsePrefix } from './values/prefix.ts';
import { sourceOf } from './values/source.ts';
import { version } from './version.ts';

/** A list that a person names by hand is taken up to this size: 256 MiB. */
const MAX_LIST_BYTES = 256 << 20;

export type AnswerParts = {
  readonly policy: Policy;
  readonly dataPlane: DataPlane;
  readonly blocks: Blocks;
  readonly marks: Marks;
  readonly lists: Pick<ListKeeper, 'status' | 'put' | 'letGo'>;
  readonly responses: Pick<Responses, 'running' | 'waiting'>;
  /** Guards the address from which the asker is logged in, before anything else is done. */
  readonly noteLogin: (address: Prefix) => void;
  readonly metricsUrl: string | undefined;
  readonly alerts: () => number;
  readonly stop: () => void;
  readonly losses: () => LossCount[];
  readonly history: AskHistory;
  readonly memory: () => MemoryStatus | null;
};

/** What the running sentry answers to the requests of the control socket. */
export class Answers {
  readonly #parts: AnswerParts;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  /** A result, a promise of one, or in portions the list of all blocks. */
  answer(
    request: Request,
  ): Results[keyof Results] | Promise<Results[keyof Results]> | AsyncIterable<readonly BlockEntry[]> {
    if ('loggedInFrom' in request && request.loggedInFrom !== undefined)
      this.#parts.noteLogin(prefixOf(request.loggedInFrom));
    switch (request.command) {
      case 'status':
        return this.#status();
      case 'ports':
        return this.#ports();
      case 'blocks':
        return this.#blocks();
      case 'block': {
        const reason = request.reason ?? undefined;
        const durationMs = request.durationMs ?? undefined;
        const prefix = prefixOf(request.source);
        const block = { prefix, origin: 'operator', reason, durationMs, isForced: request.force } as const;
        return this.#entry(this.#parts.blocks.add(block));
      }
      case 'lists':
        return this.#parts.lists.status().map((list) => this.#listEntry(list));
      case 'block_list':
        return this.#blockList(request);
      case 'unblock_list':
        return this.#parts.lists.letGo(request.name).then(() => ({ name: request.name }));
      case 'history':
        return answerHistory(request, this.#parts.history);
      case 'stop':
        this.#parts.stop();
        return { pid: process.pid };
      case 'unblock':
        return this.#lift(prefixOf(request.source));
    }
  }

  async *#blocks(): AsyncGenerator<readonly BlockEntry[]> {
    for await (const portion of this.#parts.blocks.inPortions())
      yield portion.map((block) => this.#entry(block));
    yield [...this.#parts.marks].map((mark) => this.#markEntry(mark));
  }

  async #status(): Promise<Status> {
    const { policy, dataPlane, blocks, lists, responses, metricsUrl, alerts, memory, losses } = this.#parts;
    const modes = policy.portsentry?.modes;
    const { attachment } = dataPlane;
    return {
      version,
      pid: process.pid,
      uptimeSeconds: Math.floor(process.uptime()),
      policy: policy.origin,
      mode: policy.mode,
      interface: attachment.interface,
      xdp: attachment.mode,
      isAttached: dataPlane.isAttached(),
      xdpFallback: attachment.fallback ?? null,
      metrics: metricsUrl ?? null,
      alerts: alerts(),
      blocks: blocks.size,
      lists: summaryOf(lists.status()),
      outcomes: dataPlane.outcomes(),
      probes: dataPlane.probes(),
      modes: modes ? { tcp: modes.tcp ?? null, udp: modes.udp ?? null } : null,
      responses: { running: responses.running, waiting: responses.waiting },
      memory: memory(),
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

  /** Ends all that keeps the source out: that prefix, or the source that the address belongs to. */
  #lift(asked: Prefix): Results['unblock'] {
    const { blocks, marks, policy } = this.#parts;
    const isWhole = asked.length === fullLength(asked.family);
    const around = isWhole ? sourceOf(asked, policy.sourceBits6) : asked;
    const prefix = !blocks.has(asked) && blocks.has(around) ? around : asked;
    const sources = [...new Set([formatPrefix(asked), formatPrefix(around)])];
    const marked = sources.flatMap((source) => marks.of(source));
    const didBlock = blocks.get(prefix)?.evidence !== undefined;
    const didCommand = didBlock || marked.some(({ by }) => by === 'command');
    for (const source of sources) marks.lift(source);
    if (marked.length === 0 || blocks.has(prefix)) blocks.lift(prefix);
    const { route, command } = policy.responses;
    const kept = [
      ...(didBlock && route && route.undo === undefined ? [`the route (${route.run})`] : []),
      ...(didCommand && command && command.undo === undefined
        ? [`what the command did (${command.run})`]
        : []),
    ];
    return { source: formatPrefix(prefix), kept };
  }

  async #blockList(request: Extract<Request, { command: 'block_list' }>): Promise<ListEntry> {
    const { name, path, format, durationMs } = request;
    const spec: ListSpec = {
      name,
      source: { kind: 'file', path },
      format: format ?? undefined,
      maxBytes: MAX_LIST_BYTES,
    };
    return this.#listEntry(await this.#parts.lists.put(spec, durationMs ?? undefined));
  }

  #listEntry({ facts, loadedMs, checkedMs, dueNs, expiresNs, drops, ...list }: ListStatus): ListEntry {
    const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
    return {
      name: list.name,
      origin: list.origin,
      state: list.state,
      source: list.source,
      facts: facts ?? null,
      from: list.from ?? null,
      loaded: iso(loadedMs),
      checked: iso(checkedMs),
      next: dueNs === undefined ? null : this.#wallClock(Math.max(dueNs, this.#parts.dataPlane.nowNs())),
      until: expiresNs === undefined ? null : this.#wallClock(expiresNs),
      error: list.error ?? null,
      packets: drops.packets,
      bytes: drops.bytes,
    };
  }

  #entry({ prefix, source, origin, reason, addedNs, expiresNs }: Block): BlockEntry {
    const { dataPlane } = this.#parts;
    const standing = dataPlane.readBlock(prefix);
    const { packets, bytes } = standing ? dataPlane.countsOf(standing) : { packets: 0, bytes: 0 };
    const seenNs = standing?.lastSeenNs;
    return {
      source,
      by: 'xdp',
      origin,
      reason,
      ...this.#times(addedNs, expiresNs),
      packets,
      bytes,
      lastSeen: seenNs === undefined ? null : this.#wallClock(seenNs),
    };
  }

  #markEntry({ source, by, rule, evidence, addedNs, expiresNs }: Mark): BlockEntry {
    const reason = `${rule}: ${evidence.port}/${evidence.protocol}`;
    const times = this.#times(addedNs, expiresNs);
    return { source, by, origin: 'local', reason, ...times, packets: 0, bytes: 0, lastSeen: null };
  }

  #times(addedNs: number, expiresNs: number | undefined) {
    if (expiresNs === undefined)
      return { since: this.#wallClock(addedNs), until: null, remainingSeconds: null };
    const remainingMs = (expiresNs - this.#parts.dataPlane.nowNs()) / NS_PER_MS;
    return {
      since: this.#wallClock(addedNs),
      until: this.#wallClock(expiresNs),
      remainingSeconds: Math.ceil(remainingMs / 1000),
    };
  }

  /** ISO 8601 of a boot time. */
  #wallClock(ns: number): string {
    return new Date(Date.now() + (ns - this.#parts.dataPlane.nowNs()) / NS_PER_MS).toISOString();
  }
}

function summaryOf(lists: readonly ListStatus[]): Status['lists'] {
  const enforced = lists.filter(({ state }) => state === 'enforced');
  return {
    count: lists.length,
    networks: enforced.reduce((sum, { facts }) => sum + (facts ? facts.ipv4 + facts.ipv6 : 0), 0),
    failing: lists.filter(({ error }) => error !== undefined).length,
  };
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new SentryError('XS_ERR_ADDRESS', `"${text}"`);
  return prefix;
}
