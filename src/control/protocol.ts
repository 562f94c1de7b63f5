import { z } from 'zod';
import type { ProbeKind, Protocol, Transport } from '../detect/probe.ts';
import type { ToolName } from '../detect/tools/tool-name.ts';
import type {
  BlockOrigin,
  LossCount,
  OutcomeCount,
  PortCount,
  ProbeCount,
  TableFill,
} from '../kernel/data-plane.ts';
import type { ListOrigin } from '../lists/list.ts';
import { type ListFacts, listFormats } from '../lists/reading.ts';
import type { ListStatus } from '../lists/status.ts';
import type { HistoryEvent } from '../store/memory/rows.ts';
import { MAX_DURATION_MS } from '../values/duration.ts';
import { NAME } from '../values/name.ts';

/**
 * What goes over the control socket: one line of JSON each way a connection. A request is at most this long; an
 * answer may be as long as the block list.
 */
export const MAX_REQUEST_BYTES = 65_536;

/** Entries of the history in one answer. */
export const MAX_HISTORY = 10_000;

/** One line of up to 200 characters that a terminal and a log can take. */
export const REASON = /^\P{Cc}{1,200}$/u;

const target = z.strictObject({ source: z.string() });

/** The address from which the asker is logged in by SSH: he must not cut himself off. */
const loggedInFrom = z
  .string()
  .regex(/^[\da-fA-F:.]{2,45}$/) // no network: it would guard everybody in it
  .optional();

export const requestSchema = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('status') }),
  z.strictObject({ command: z.literal('ports') }),
  z.strictObject({ command: z.literal('blocks') }),
  target.extend({
    command: z.literal('block'),
    /** Milliseconds; null: until it is lifted. */
    durationMs: z.number().int().positive().max(MAX_DURATION_MS).nullable(),
    /** Null: that of the block that is there, or `by hand`. */
    reason: z.string().regex(REASON).nullable(),
    /** As wide as it is: the asker means it. */
    force: z.boolean().optional(),
    loggedInFrom,
  }),
  target.extend({ command: z.literal('unblock') }),
  target.extend({ command: z.literal('why') }),
  z.strictObject({ command: z.literal('lists') }),
  z.strictObject({
    command: z.literal('block_list'),
    name: z.string().regex(NAME),
    /** Absolute path of a file that the sentry reads. */
    path: z.string().startsWith('/').max(4095),
    format: z.enum(listFormats).nullable(),
    /** Milliseconds; null: until it is let go. */
    durationMs: z.number().int().positive().max(MAX_DURATION_MS).nullable(),
    loggedInFrom,
  }),
  z.strictObject({ command: z.literal('unblock_list'), name: z.string() }),
  z.strictObject({
    command: z.literal('history'),
    /** Null: of all sources. */
    source: z.string().nullable(),
    /** Wall clock, ms; null: from the beginning. */
    sinceMs: z.number().nullable(),
    limit: z.number().int().min(1).max(MAX_HISTORY),
  }),
  z.strictObject({ command: z.literal('reload') }),
  z.strictObject({ command: z.literal('confirm'), loggedInFrom }),
  /** `leaves`: its program goes on, for the sentry that takes its place. */
  z.strictObject({ command: z.literal('stop'), leaves: z.boolean().optional() }),
]);

export type Request = z.infer<typeof requestSchema>;

export type MemoryStatus = { readonly path: string; readonly error: string | null };

export type WatchedInterface = {
  readonly interface: string;
  readonly xdp: 'native' | 'generic';
  /** False: it has gone, and is watched again when it is back. */
  readonly isAttached: boolean;
  /** Why it is not native although that was wanted; null: it is, or was not. */
  readonly fallback: string | null;
};

/** Enforcement that needs to be confirmed, or was. Rolled back, nothing is blocked any more. */
export type TrialStatus = {
  readonly state: 'unconfirmed' | 'confirmed' | 'rolled_back';
  /** Until it is rolled back; 0 unless it is unconfirmed. */
  readonly remainingSeconds: number;
};

export type Status = {
  readonly version: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly policy: string;
  readonly mode: 'observe' | 'enforce';
  /** Null: it was started without --confirm. */
  readonly trial: TrialStatus | null;
  readonly interfaces: readonly WatchedInterface[];
  readonly metrics: string | null;
  readonly alerts: number;
  readonly blocks: number;
  /** Lists, networks on them that are in force, and lists whose last load failed. */
  readonly lists: { readonly count: number; readonly networks: number; readonly failing: number };
  readonly outcomes: readonly OutcomeCount[];
  readonly probes: readonly ProbeCount[];
  /** PortSentry's modes that are in force; null when it runs without them. */
  readonly modes: Readonly<Record<Transport, string | null>> | null;
  /** Responses that run, and cases that wait for theirs. */
  readonly responses: { readonly running: number; readonly waiting: number };
  /** The database, and what keeps it from being used; null when there is none in the policy. */
  readonly memory: MemoryStatus | null;
  /** What the process may do, as capabilities(7) calls it: CAP_BPF. */
  readonly capabilities: readonly string[];
  readonly lost: readonly LossCount[];
  readonly tables: readonly TableFill[];
};

export type Ports = {
  /** Monitored ports, as in the configuration: `1-1024`. */
  /** `1-1024,8080`; of `ip` the numbers of protocols. */
  readonly monitored: {
    readonly tcp: string;
    readonly udp: string;
    readonly sctp: string;
    readonly ip: string;
  };
  /** The same of ports that rules of this host forward. */
  readonly forwarded: Readonly<Record<'tcp' | 'udp' | 'sctp', string>>;
  readonly probed: readonly PortCount[];
};

export type BlockEntry = {
  readonly source: string;
  /** What keeps it out: the data plane; or only the command that ran for it; or nothing, it is on record. */
  readonly by: 'xdp' | 'command' | 'record';
  readonly origin: BlockOrigin;
  readonly reason: string;
  /** ISO 8601 wall-clock times. */
  readonly since: string;
  /** Null: until it is lifted. */
  readonly until: string | null;
  readonly remainingSeconds: number | null;
  readonly packets: number;
  readonly bytes: number;
  readonly lastSeen: string | null;
};

export type ListEntry = {
  readonly name: string;
  readonly origin: ListOrigin;
  readonly state: ListStatus['state'];
  readonly source: string;
  /** Null: it was not loaded yet. */
  readonly facts: ListFacts | null;
  readonly from: 'file' | 'url' | 'cache' | null;
  /** ISO 8601 wall-clock times; null: never. */
  readonly loaded: string | null;
  readonly checked: string | null;
  /** Null: when its file changes, or never. */
  readonly next: string | null;
  /** Null: until it is let go. */
  readonly until: string | null;
  /** Of the last try; null: it did not fail. */
  readonly error: string | null;
  readonly packets: number;
  readonly bytes: number;
};

/** What has happened to a source. What an event has not is not there. */
export type HistoryEntry = {
  /** ISO 8601 wall-clock time. */
  readonly time: string;
  readonly event: HistoryEvent;
  readonly source: string;
  /** Of an alert. */
  readonly rule?: string;
  readonly address?: string;
  readonly ports?: string;
  readonly kinds?: readonly string[];
  readonly probes?: number;
  readonly action?: string;
  /** Of a block. */
  readonly origin?: string;
  readonly reason?: string;
  /** Null: until it is lifted. */
  readonly seconds?: number | null;
  /** Of its end. */
  readonly cause?: string;
};

/** What keeps an address out, and what lets it in nevertheless. */
export type Why = {
  readonly source: string;
  /** Whose research scanner it is known to be; null: nobody's. */
  readonly label: string | null;
  /** `command`: the sentry lets it in, and has run a rule's command for it. */
  readonly verdict: 'in' | 'out' | 'command';
  /** Why it is let in whatever blocks and lists say; null: nothing spares it. */
  readonly spared: string | null;
  /** Blocks that cover it, the narrowest first, and marks of the source that it belongs to. */
  readonly blocks: readonly BlockEntry[];
  /** Lists in force that have it, and the network by which they do. */
  readonly lists: readonly { readonly name: string; readonly entry: string }[];
};

/** What a source has touched, as far as it is remembered. */
export type TrailEntry = {
  /** ISO 8601 wall-clock times of its first and last probe. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** All probes, also those to targets that are not remembered any more. */
  readonly probes: number;
  /** Distinct targets, the one that was touched last at the end. */
  readonly touches: readonly {
    readonly time: string;
    readonly protocol: Protocol;
    readonly port: number;
    /** The address of this host. */
    readonly destination: string;
    readonly kind: ProbeKind;
  }[];
};

/** How far a source is on its way to a rule. */
export type RuleProgress = {
  readonly rule: string;
  /** Null: the rule's window has no end. */
  readonly windowSeconds: number | null;
  /** What the rule asks for, and what of that is fulfilled within its window. */
  readonly counts: readonly {
    readonly what: 'ports' | 'hosts' | 'targets' | 'probes';
    readonly seen: number;
    readonly needed: number;
  }[];
  /** When it has fired, if it does not fire again for that within its window; null: it may fire. */
  readonly firedAt: string | null;
};

/** Why, and what is known of the source that the address belongs to. */
export type Story = Why & {
  /** The address itself, or the network that is one source. */
  readonly belongsTo: string;
  /** Null: no probe of it is remembered. */
  readonly trail: TrailEntry | null;
  /** What proves that the address is its sender's: a connection that it holds, or one that it had. Null: its packets may be forged. */
  readonly proof: 'holds_connection' | 'regular' | 'had_connection' | null;
  /** What it scans with, and how sure that is, from 0 to 1; null: nobody knows. */
  readonly tool: { readonly name: ToolName; readonly confidence: number } | null;
  /** Why rules do not block it for what may be forged; null: they do. */
  readonly objection: string | null;
  /** In the order of the rules. */
  readonly rules: readonly RuleProgress[];
  /** Of it and of networks that hold it: the newest entries, the newest last. */
  readonly history: readonly HistoryEntry[];
  /** Why there is no history; null: there is one. */
  readonly historyError: string | null;
};

/** `changes`: what the policy says otherwise, a sentence each. */
export type Reloaded = { readonly policy: string; readonly changes: readonly string[] };

export type Results = {
  status: Status;
  ports: Ports;
  blocks: readonly BlockEntry[];
  /** `remarks`: what he who blocks may not expect. */
  block: BlockEntry & { readonly remarks: readonly string[] };
  /** `kept`: responses that nothing takes back. `now`: how it stands with what was asked for. */
  unblock: { readonly source: string; readonly kept: readonly string[]; readonly now: Why };
  why: Story;
  lists: readonly ListEntry[];
  block_list: ListEntry;
  unblock_list: { readonly name: string };
  /** The newest last. */
  history: readonly HistoryEntry[];
  reload: Reloaded;
  /** `before`: somebody had confirmed already. `asker`: what keeps out the address that the asker is logged in from, or spares it; null: he is not. */
  confirm: { readonly before: boolean; readonly blocks: number; readonly asker: Why | null };
  /** It will end, that process. */
  stop: { readonly pid: number };
};

export type Failure = { readonly code: string; readonly message: string };
export type Response<Command extends keyof Results> =
  | { readonly ok: true; readonly result: Results[Command] }
  | { readonly ok: false; readonly error: Failure };
