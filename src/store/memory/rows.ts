/**
 * What goes into the database and comes out of it, as plain values that cross from thread to thread. `…Ns` is boot time in nanoseconds,
 * as everywhere else; the database keeps the wall clock beside it, for after the next boot.
 */

/** The moment at which something is asked, and which boot it belongs to. */
export type Moment = { readonly boot: string; readonly nowNs: number; readonly nowMs: number };

export type BlockRow = {
  /** Text of the prefix. */
  readonly source: string;
  readonly origin: 'local' | 'operator';
  readonly reason: string;
  /** The probe that decided; null: a person did. */
  readonly evidence: {
    readonly address: string;
    readonly protocol: 'tcp' | 'udp';
    readonly port: number;
    /** Nobody can have forged it. */
    readonly isProven?: true;
  } | null;
  readonly addedNs: number;
  /** Null: until it is lifted. */
  readonly untilNs: number | null;
};

/** How often a source was blocked by rules, and until when the last time. */
export type OffenceRow = {
  readonly source: string;
  readonly count: number;
  /** Null: that block has no end. */
  readonly untilNs: number | null;
};

/** What a source has touched. */
export type TrailRow = {
  /** Text of the prefix. */
  readonly source: string;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly probes: number;
  readonly isProven: boolean;
  /** How far the data plane of this boot has numbered its probes, and since when; null: it did not, or it was in another boot. */
  readonly storyNs: number | null;
  readonly storyTotal: number;
  /** It has touched one target, or sent nothing but pings: of those too many the first to go. */
  readonly isOnProbation: boolean;
  /** Until when what it touched was answered, and forgiven: milliseconds after the last probe, less than 0 before it. Null: never. */
  readonly answeredAfterMs: number | null;
  readonly pardonedAfterMs: number | null;
  /** JSON, whose times are told from the last probe backwards: no clock moves them. */
  readonly touches: string;
};

/** What is known of campaigns. */
export type CampaignRow = {
  readonly atNs: number;
  /** JSON, whose times are told from then backwards. */
  readonly state: string;
};

export type HistoryEvent = 'alert' | 'blocked' | 'block_changed' | 'unblocked';

/** Something that happened. What an event has not is null. */
export type HistoryRow = {
  /** Wall clock, ms. */
  readonly atMs: number;
  readonly event: HistoryEvent;
  readonly source: string;
  /** Of an alert: its rule, the one address that sent the last probe, what was probed how often, and what came of it. */
  readonly rule: string | null;
  readonly address: string | null;
  readonly ports: string | null;
  readonly kinds: string | null;
  readonly probes: number | null;
  readonly action: string | null;
  /** Of a block. */
  readonly origin: string | null;
  readonly reason: string | null;
  /** How long it lasts from then on; null: until it is lifted, or it is no block. */
  readonly seconds: number | null;
  /** Of its end. */
  readonly cause: string | null;
};

/** What an event has of its own: nothing of it. */
export const NO_FACTS = {
  rule: null,
  address: null,
  ports: null,
  kinds: null,
  probes: null,
  action: null,
  origin: null,
  reason: null,
  seconds: null,
  cause: null,
} as const satisfies Partial<HistoryRow>;

/** By source: what there is of it from now on, or null for nothing. */
export type Changes<Row> = readonly (readonly [source: string, row: Row | null])[];

/** What has changed since the last batch. */
export type Batch = {
  /** All blocks and offenders that are there go first. */
  readonly isAnew?: boolean;
  readonly blocks: Changes<BlockRow>;
  readonly offences: Changes<OffenceRow>;
  readonly trails: Changes<TrailRow>;
  /** Absent: as it is there. */
  readonly campaign?: CampaignRow | undefined;
  readonly history: readonly HistoryRow[];
};

export type HistoryQuery = {
  /** Prefixes, any of which may be the source; undefined: all sources. */
  readonly sources: readonly string[] | undefined;
  readonly sinceMs: number | undefined;
  /** The newest so many. */
  readonly limit: number;
};

/** A block with the place behind which the next portion begins. */
export type StoredBlock = BlockRow & { readonly id: number };
