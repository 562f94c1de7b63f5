import type { Policy } from '../config/policy.ts';
import type {
  BlockEntry,
  ListEntry,
  MemoryStatus,
  Ports,
  Reloaded,
  Request,
  Results,
  Status,
  Story,
  Why,
} from '../control/protocol.ts';
import { droppedBy } from '../control/why.ts';
import { SentryError } from '../errors.ts';
import type { Exempt } from '../exempt/exempt.ts';
import { ownPrivileges } from '../host/privileges.ts';
import type { DataPlane, LossCount } from '../kernel/data-plane.ts';
import type { ListKeeper } from '../lists/keeper.ts';
import type { ListSpec } from '../lists/list.ts';
import type { ListStatus } from '../lists/status.ts';
import { type AskHistory, answerHistory } from '../memory/history-answer.ts';
import type { Blocks } from '../respond/blocks.ts';
import type { Marks } from '../respond/marks.ts';
import type { Responses } from '../respond/responses/responses.ts';
import type { ForwardedPorts } from '../served/findings.ts';
import { portTexts } from '../served/words.ts';
import type { Trial } from '../trial.ts';
import { namesIn } from '../values/capabilities.ts';
import { formatPrefix, fullLength, type Prefix, parsePrefix } from '../values/prefix.ts';
import { sourceOf } from '../values/source.ts';
import { version } from '../version.ts';
import { remarksOnBlock } from './block-remarks.ts';
import { Entries } from './entries.ts';
import { type StoryParts, storyOf } from './story.ts';
import { whyOf } from './why.ts';

/** A list that a person names by hand is taken up to this size: 256 MiB. */
const MAX_LIST_BYTES = 256 << 20;

export type AnswerParts = {
  /** The one that holds now. */
  readonly policy: () => Policy;
  readonly dataPlane: DataPlane;
  readonly blocks: Blocks;
  readonly marks: Marks;
  readonly exempt: Pick<Exempt, 'guarded' | 'ignored'>;
  readonly lists: Pick<ListKeeper, 'status' | 'put' | 'letGo' | 'covering'>;
  /** Whose research scanner it is known to be. */
  readonly labelOf: (address: Prefix) => string | undefined;
  /** Ports that rules of this host forward. */
  readonly forwarded: () => ForwardedPorts;
  readonly responses: Pick<Responses, 'running' | 'waiting'>;
  /** Guards the address from which the asker is logged in, before anything else is done. */
  readonly noteLogin: (address: Prefix) => void;
  readonly metricsUrl: string | undefined;
  readonly alerts: () => number;
  /** `leaves`: the program stays on the interface. */
  readonly stop: (leaves: boolean) => void;
  readonly reload: () => Promise<Reloaded>;
  readonly losses: () => LossCount[];
  readonly history: AskHistory;
  readonly trails: StoryParts['trails'];
  readonly standings: StoryParts['standings'];
  readonly toolOf: StoryParts['toolOf'];
  readonly bondOf: StoryParts['bondOf'];
  readonly memory: () => MemoryStatus | null;
  readonly trial: Pick<Trial, 'status'>;
  /** Enforcement stays. False: that was said before. Throws as Trial.confirm() does. */
  readonly confirm: () => boolean;
};

/** What the running sentry answers to the requests of the control socket. */
export class Answers {
  readonly #parts: AnswerParts;
  readonly #entries: Entries;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
    this.#entries = new Entries(parts.dataPlane);
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
      case 'block':
        return this.#block(request);
      case 'lists':
        return this.#parts.lists.status().map((list) => this.#entries.ofList(list));
      case 'block_list':
        return this.#blockList(request);
      case 'unblock_list':
        return this.#parts.lists.letGo(request.name).then(() => ({ name: request.name }));
      case 'history':
        return answerHistory(request, this.#parts.history);
      case 'reload':
        return this.#parts.reload();
      case 'confirm':
        return this.#confirm(request.loggedInFrom);
      case 'stop':
        this.#parts.stop(request.leaves ?? false);
        return { pid: process.pid };
      case 'unblock':
        return this.#lift(prefixOf(request.source));
      case 'why':
        return this.#story(prefixOf(request.source));
    }
  }

  async *#blocks(): AsyncGenerator<readonly BlockEntry[]> {
    for await (const portion of this.#parts.blocks.inPortions())
      yield portion.map((block) => this.#entries.ofBlock(block));
    yield [...this.#parts.marks].map((mark) => this.#entries.ofMark(mark));
  }

  async #status(): Promise<Status> {
    const { dataPlane, blocks, lists, responses, metricsUrl, alerts, memory, losses } = this.#parts;
    const policy = this.#parts.policy();
    const { status: trial } = this.#parts.trial;
    const modes = policy.portsentry?.modes;
    return {
      version,
      pid: process.pid,
      uptimeSeconds: Math.floor(process.uptime()),
      policy: policy.origin,
      mode: policy.mode,
      trial,
      interfaces: dataPlane.attachments.map(({ interface: name, mode, fallback }) => ({
        interface: name,
        xdp: mode,
        isAttached: dataPlane.isAttached(name),
        fallback: fallback ?? null,
      })),
      metrics: metricsUrl ?? null,
      alerts: alerts(),
      blocks: blocks.size,
      lists: summaryOf(lists.status()),
      outcomes: dataPlane.outcomes(),
      probes: dataPlane.probes(),
      modes: modes ? { tcp: modes.tcp ?? null, udp: modes.udp ?? null } : null,
      responses: { running: responses.running, waiting: responses.waiting },
      memory: memory(),
      capabilities: namesIn(ownPrivileges().effective),
      lost: losses(),
      tables: await dataPlane.tables(),
    };
  }

  #confirm(loggedInFrom: string | undefined): Results['confirm'] {
    const before = !this.#parts.confirm();
    const asker = loggedInFrom === undefined ? null : this.#why(prefixOf(loggedInFrom));
    return { before, blocks: this.#parts.blocks.size, asker };
  }

  #ports(): Ports {
    const { tcp, udp, sctp, ip } = this.#parts.policy().monitor;
    return {
      monitored: { tcp: `${tcp}`, udp: `${udp}`, sctp: `${sctp ?? ''}`, ip: `${ip ?? ''}` },
      forwarded: portTexts(this.#parts.forwarded()),
      probed: this.#parts.dataPlane.portProbes(),
    };
  }

  #block(request: Extract<Request, { command: 'block' }>): Results['block'] {
    const { blocks, exempt, policy } = this.#parts;
    const prefix = prefixOf(request.source);
    const reason = request.reason ?? undefined;
    const durationMs = request.durationMs ?? undefined;
    const block = blocks.add({ prefix, origin: 'operator', reason, durationMs, isForced: request.force });
    return { ...this.#entries.ofBlock(block), remarks: remarksOnBlock(prefix, exempt, policy().sourceBits6) };
  }

  /** Ends all that keeps the source out: that prefix, or the source that the address belongs to. */
  #lift(asked: Prefix): Results['unblock'] {
    const { blocks, marks, policy } = this.#parts;
    const around = this.#around(asked);
    const prefix = !blocks.has(asked) && blocks.has(around) ? around : asked;
    const sources = [...new Set([formatPrefix(asked), formatPrefix(around)])];
    const marked = sources.flatMap((source) => marks.of(source));
    const didBlock = blocks.get(prefix)?.evidence !== undefined;
    const didCommand = didBlock || marked.some(({ by }) => by === 'command');
    for (const source of sources) marks.lift(source);
    if (blocks.has(prefix) || blocks.get(prefix)) blocks.lift(prefix);
    else if (marked.length === 0) this.#refuseToLift(asked);
    const { route, command } = policy().responses;
    const kept = [
      ...(didBlock && route && route.undo === undefined ? [`the route (${route.run})`] : []),
      ...(didCommand && command && command.undo === undefined
        ? [`what the command did (${command.run})`]
        : []),
    ];
    return { source: formatPrefix(prefix), kept, now: this.#why(asked) };
  }

  #refuseToLift(asked: Prefix): never {
    const coveredBy = droppedBy(this.#why(asked));
    const source = formatPrefix(asked);
    const detail = coveredBy.length > 0 ? `${source} is kept out by others: ${coveredBy.join('; ')}` : source;
    throw new SentryError('XS_ERR_NOT_BLOCKED', detail);
  }

  #why(address: Prefix): Why {
    return whyOf(address, this.#around(address), this.#parts, this.#entries);
  }

  #story(address: Prefix): Promise<Story> {
    return storyOf(this.#why(address), this.#around(address), this.#parts, this.#entries);
  }

  /** The source that an address belongs to; a network is one. */
  #around(asked: Prefix): Prefix {
    const isWhole = asked.length === fullLength(asked.family);
    return isWhole ? sourceOf(asked, this.#parts.policy().sourceBits6) : asked;
  }

  async #blockList(request: Extract<Request, { command: 'block_list' }>): Promise<ListEntry> {
    const { name, path, format, durationMs } = request;
    const spec: ListSpec = {
      name,
      source: { kind: 'file', path },
      format: format ?? undefined,
      maxBytes: MAX_LIST_BYTES,
    };
    return this.#entries.ofList(await this.#parts.lists.put(spec, durationMs ?? undefined));
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
