import type { ProbeKind, Protocol, Transport } from '../detect/probe.ts';
import type { ToolName } from '../detect/tools/tool-name.ts';
import type { ListOrigin } from '../lists/list.ts';
import type { Block, RemovalCause } from '../respond/blocks.ts';
import { isInVain, type ListObjection, skippedWords } from '../values/list-objection.ts';
import type { AlertAction } from './alert-action.ts';
import { type TogetherEvent, togetherWords } from './together-event.ts';

export type { AlertAction, TogetherEvent };

/** The packet that an event is about. */
export type PacketFacts = {
  /** Its sender; of an IPv6 source, the one address that sent it. */
  readonly address: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly kind: ProbeKind;
  /** The raw flags byte; 0 where there is none: UDP, a short first fragment, a connection. */
  readonly tcpFlags: number;
  /** Undefined where nobody can know: IPv6, a connection. */
  readonly ipOptions: boolean | undefined;
};

/** What became of a probe, in words of PortSentry 2: ignored, below the trigger, log only, answered, answer failed. */
export type ProbeFate = 'ignored' | 'below_trigger' | 'not_blocked' | 'blocked' | 'failed';

export type ResponseName = 'hosts_deny' | 'route' | 'command';

/**
 * `skipped`: it was so already. `timed_out`: it was ended. `not_run`: the sentry stopped, or the queue was full, before its turn
 * came.
 */
export type ResponseResult = 'done' | 'skipped' | 'failed' | 'timed_out' | 'not_run';

/** What the sentry tells of itself. One type for the human log, the JSON log and whoever else listens. */
export type SentryEvent =
  | { readonly event: 'starting'; readonly version: string }
  | {
      readonly event: 'started';
      readonly interfaces: readonly { readonly interface: string; readonly xdp: 'native' | 'generic' }[];
      readonly mode: 'observe' | 'enforce';
      readonly policy: string;
      readonly metrics: string | undefined;
      readonly socket: string;
      /** Monitored ports that a socket holds right now, and ports that could not be listened at: `22,80-81`. */
      readonly busy: Readonly<Record<Transport, string>> | undefined;
    }
  /** Enforcement has begun, and is rolled back after that time unless somebody confirms it. */
  | { readonly event: 'unconfirmed'; readonly seconds: number }
  /** Enforcement stays; so much time was left. */
  | { readonly event: 'confirmed'; readonly seconds: number }
  /** Nobody has confirmed within that time. */
  | { readonly event: 'rolled_back'; readonly seconds: number }
  | {
      readonly event: 'stopped';
      readonly signal: string;
      readonly alerts: number;
      readonly blocks: number;
      /** Nobody has confirmed enforcement yet: if its program goes on, then for this time. */
      readonly unconfirmedSeconds?: number | undefined;
      /** The interfaces on which the program goes on; undefined: it has gone. */
      readonly stays: string | undefined;
    }
  /** One probe; told only where every single one is wanted (PortSentry 2). */
  | ({ readonly event: 'probe'; readonly fate: ProbeFate } & PacketFacts)
  | ({
      readonly event: 'alert';
      readonly rule: string;
      readonly source: string;
      /** Whose research scanner it is known to be; absent: nobody's. */
      readonly label?: string;
      readonly destination: string;
      /** That the rule counted. */
      readonly probes: number;
      /** Of this source in all. */
      readonly total: number;
      /** Alerts that this one stands for, besides itself: of a rule that fires with each probe, for those not told of. */
      readonly untold: number;
      /** `1-4/tcp,53/udp` */
      readonly ports: string;
      /** Addresses of this host that the rule counted; 1 where it asks for none. */
      readonly hosts: number;
      readonly kinds: readonly string[];
      /** What the source scans with, and how sure that is, from 0 to 0.99; absent: nobody knows. */
      readonly tool?: ToolName;
      readonly confidence?: number;
      readonly action: AlertAction;
      /** Why the source is guarded. */
      readonly objection?: string;
      /** Who decided, and so who blocked. */
      readonly by: 'kernel' | 'controller';
    } & PacketFacts)
  /** Of several sources together. */
  | TogetherEvent
  | {
      readonly event: 'response';
      readonly response: ResponseName;
      /** It took back what was done before. */
      readonly undo: boolean;
      readonly address: string;
      /** The line or command, tokens filled in. */
      readonly text: string;
      readonly result: ResponseResult;
      /** More about the result: an exit status, an error. */
      readonly detail: string | undefined;
    }
  | {
      readonly event: 'blocked';
      readonly source: string;
      readonly origin: Block['origin'];
      readonly reason: string;
      /** Undefined: until it is lifted. */
      readonly seconds: number | undefined;
    }
  | {
      readonly event: 'block_changed';
      readonly source: string;
      readonly origin: Block['origin'];
      readonly reason: string;
      /** From now on. Undefined: until it is lifted. */
      readonly seconds: number | undefined;
    }
  | { readonly event: 'unblocked'; readonly source: string; readonly cause: RemovalCause }
  /** A block list was read; in force, it keeps out what it holds, and nobody else whom the one before held. */
  | {
      readonly event: 'list_loaded';
      readonly list: string;
      readonly origin: ListOrigin;
      readonly source: string;
      readonly from: 'file' | 'url' | 'cache';
      /** False: observing. */
      readonly isEnforced: boolean;
      /** Networks, single addresses among them, and what is own or ignored at present. */
      readonly ipv4: number;
      readonly ipv6: number;
      /** Networks that were there already. */
      readonly repeated: number;
      /** Networks that keep nobody out: for good, or, own and ignored ones, as long as they are. */
      readonly skipped: Readonly<Record<ListObjection, number>>;
      /** Lines that could not be read. */
      readonly bad: number;
      /** The first of the lines that keep nobody out or could not be read: `line 7: "nonsense"`. */
      readonly remarks: readonly string[];
    }
  | {
      readonly event: 'list_failed';
      readonly list: string;
      readonly source: string;
      readonly text: string;
      /** The list as it was before stays in force. */
      readonly isKept: boolean;
      readonly retrySeconds: number;
    }
  | { readonly event: 'list_ended'; readonly list: string; readonly cause: 'expired' | 'lifted' }
  | {
      /** It goes by another policy from now on. */
      readonly event: 'reloaded';
      readonly policy: string;
      /** What it says otherwise, a sentence each. */
      readonly changes: readonly string[];
    }
  /** The policy stays as it was. */
  | { readonly event: 'reload_failed'; readonly text: string }
  /** Ports that are forwarded from now on, `22,80-81` of each protocol: packets to them are no probes. */
  | { readonly event: 'forwarded'; readonly tcp: string; readonly udp: string; readonly sctp: string }
  | { readonly event: 'warning'; readonly text: string }
  /** Something about the database, which comes seldom and must not go under in a flood. */
  | { readonly event: 'memory'; readonly text: string }
  /** It could not start. */
  | { readonly event: 'failed'; readonly text: string }
  /** Lines that were held back because too many came at once. */
  | { readonly event: 'summed_up'; readonly lines: number; readonly seconds: number };

export const isTogether = (event: SentryEvent): event is TogetherEvent =>
  event.event === 'distributed' || event.event === 'decoy' || event.event === 'campaign';

export type Level = 'error' | 'warn' | 'info' | 'debug';

export function levelOf(event: SentryEvent): Level {
  if (event.event === 'probe') return 'debug';
  if (['failed', 'reload_failed', 'rolled_back'].includes(event.event)) return 'error';
  if (event.event === 'response') return ['done', 'skipped'].includes(event.result) ? 'info' : 'warn';
  if (event.event === 'list_loaded') return isInVain(event) ? 'warn' : 'info';
  return [
    'warning',
    'memory',
    'alert',
    'distributed',
    'decoy',
    'campaign',
    'summed_up',
    'list_failed',
    'unconfirmed',
  ].includes(event.event)
    ? 'warn'
    : 'info';
}

const forHowLong = (seconds: number | undefined, format: (ms: number) => string) =>
  seconds === undefined ? 'until lifted' : `for ${format(seconds * 1000)}`;

/** One line for people. */
export function wordsOf(event: SentryEvent, formatDuration: (ms: number) => string): string {
  switch (event.event) {
    case 'starting':
      return `xdpsentry ${event.version} is starting`;
    case 'started':
      return `watching ${event.interfaces.map((it) => `${it.interface} (XDP ${it.xdp})`).join(', ')}, mode ${event.mode}, policy ${event.policy}; metrics ${event.metrics ?? 'off'}; control socket ${event.socket}`;
    case 'unconfirmed':
      return `nobody has confirmed this enforcement: in ${formatDuration(event.seconds * 1000)} everybody is let in again, unless \`xdpsentry confirm\` is typed before; until then no response runs, and no block is remembered`;
    case 'confirmed':
      return `enforcement is confirmed, ${formatDuration(event.seconds * 1000)} before it would have been rolled back`;
    case 'rolled_back':
      return `nobody has confirmed this enforcement within ${formatDuration(event.seconds * 1000)}: it is rolled back, and everybody is let in again`;
    case 'stopped':
      return stoppedWords(event, formatDuration);
    case 'alert': {
      const consequence = {
        alert: '',
        block: event.by === 'kernel' ? ' (blocked by the kernel)' : '',
        record: ' (on record only)',
        command: ' (left to the command)',
        already_blocked: ' (answered already)',
        would_block: ' (observing: not blocked)',
        guarded: ` (guarded: ${event.objection})`,
        failed: ' (not blocked)',
      }[event.action];
      return `alert ${event.rule}: ${event.source}${event.label === undefined ? '' : ` (${event.label})`} sent ${event.probes} ${event.probes === 1 ? 'probe' : 'probes'}${event.total > event.probes ? `, ${event.total} in all,` : ''} (${event.kinds.join(', ')}) to ${event.destination}${event.hosts > 1 ? ` and others, ${event.hosts} addresses` : ''}, ports ${event.ports}${toolWords(event)}${consequence}`;
    }
    case 'distributed':
    case 'decoy':
    case 'campaign':
      return togetherWords(event);
    case 'blocked':
      return `blocked ${event.source} ${forHowLong(event.seconds, formatDuration)} (${event.origin}: ${event.reason})`;
    case 'block_changed':
      return `changed the block of ${event.source}: now ${forHowLong(event.seconds, formatDuration)} (${event.origin}: ${event.reason})`;
    case 'unblocked':
      return `unblocked ${event.source} (${event.cause})`;
    case 'list_loaded':
      return listWords(event);
    case 'list_failed':
      return `list ${event.list}: ${event.text} (${event.source}); ${event.isKept ? 'it stays as it was' : 'nothing of it is in force'}; next try in ${formatDuration(event.retrySeconds * 1000)}`;
    case 'list_ended':
      return `list ${event.list} is no longer in force (${event.cause})`;
    case 'probe':
      return `probe of ${event.address} (${event.kind}) to port ${event.port}/${event.protocol}: ${event.fate.replace('_', ' ')}`;
    case 'response':
      return responseWords(event);
    case 'reloaded':
      return `reloaded ${event.policy}: ${event.changes.length === 0 ? 'it says the same' : event.changes.join(' ')}`;
    case 'reload_failed':
      return `not reloaded, the policy stays as it was: ${event.text}`;
    case 'forwarded':
      return forwardedWords(event);
    case 'warning':
    case 'memory':
    case 'failed':
      return event.text;
    case 'summed_up':
      return `${event.lines} more lines within ${event.seconds} s were held back; the metrics count everything`;
  }
}

const toolWords = ({ tool, confidence = 0 }: Extract<SentryEvent, { event: 'alert' }>): string =>
  tool === undefined ? '' : `, with ${tool} (${Math.round(confidence * 100)} %)`;

function stoppedWords(
  { signal, alerts, blocks, stays, unconfirmedSeconds }: Extract<SentryEvent, { event: 'stopped' }>,
  format: (ms: number) => string,
): string {
  const start = `stopped on ${signal}; alerts so far: ${alerts}`;
  if (stays === undefined) return `${start}; blocks that were in force: ${blocks}`;
  const trial =
    unconfirmedSeconds === undefined
      ? ''
      : `; nobody has confirmed them: in ${format(unconfirmedSeconds * 1000)} everybody is let in`;
  return `${start}; its program stays on ${stays}, blocks that go on: ${blocks}${trial}; \`xdpsentry detach\` takes it off`;
}

function forwardedWords({ tcp, udp, sctp }: Extract<SentryEvent, { event: 'forwarded' }>): string {
  const ports = Object.entries({ tcp, udp, sctp }).filter(([, text]) => text !== '');
  if (ports.length === 0) return 'no port is forwarded any more';
  return `forwarded ports, which count as served: ${ports.map((words) => words.join(' ')).join('; ')}`;
}

function listWords(event: Extract<SentryEvent, { event: 'list_loaded' }>): string {
  const { ipv4, ipv6, skipped, bad, remarks } = event;
  const state = event.isEnforced ? 'in force' : 'read (observing: not in force)';
  const from = event.from === 'cache' ? `the copy of ${event.source}` : event.source;
  return [
    `list ${event.list}: ${ipv4} IPv4 and ${ipv6} IPv6 networks ${state}, from ${from}`,
    ...(isInVain(event) ? ['nothing on it keeps anybody out'] : []),
    ...skippedWords(skipped),
    ...(bad > 0 ? [`lines that cannot be read: ${bad}`] : []),
    ...(remarks.length > 0 ? [`the first of these: ${remarks.join(', ')}`] : []),
  ].join('; ');
}

function responseWords(event: Extract<SentryEvent, { event: 'response' }>): string {
  const what = { hosts_deny: 'the line in hosts.deny', route: 'the route command', command: 'the command' };
  const result = event.result.replace('_', ' ');
  const more = event.detail === undefined ? '' : ` (${event.detail})`;
  return `${event.undo ? 'undoing ' : ''}${what[event.response]} for ${event.address}: ${result}${more}: ${event.text}`;
}
