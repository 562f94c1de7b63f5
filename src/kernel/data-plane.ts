import type { Probe, ProbeKind, Protocol } from '../detect/probe.ts';
import type { Prefix } from '../values/prefix.ts';
import type { PrefixColumns } from '../values/prefix-columns.ts';
import type { PortsByProtocol, ProgramOptions } from './program-options.ts';

/** A probe as the kernel tells it, or as a listener of the sentry's own does. */
export type Sighting = Omit<Probe, 'source'> & {
  readonly source: Prefix;
  /** The one address of the source that sent it. */
  readonly address: string;
  readonly destination: string;
  /** The raw flags byte; 0 where there is none. */
  readonly tcpFlags: number;
  /** The IPv4 header had options; undefined where nobody can know. */
  readonly ipOptions: boolean | undefined;
  /** Of the latest probes of the source half or more were sent by others, too: see bpf/decoy.h. */
  readonly isAmongDecoys: boolean;
  /** The source is on the ignore list: the probe is told of and not counted. */
  readonly isIgnored: boolean;
  /** Set when the kernel has carried out a rule itself, and blocked the source. */
  readonly instantBlock:
    | {
        /** Undefined: a rule of the policy before this one. */
        readonly rule: number | undefined;
        readonly inForceNs: number;
      }
    | undefined;
};

export type BlockOrigin = 'local' | 'operator';

export type OwnAddresses = {
  /** Counted, but never blocked. */
  readonly guarded: readonly Prefix[];
  /** Link-layer addresses, six bytes each. */
  readonly stations: readonly Uint8Array[];
};

/** A block as it stands in the kernel. */
export type KernelBlock = {
  readonly prefix: Prefix;
  readonly origin: BlockOrigin;
  readonly addedNs: number;
  /** Undefined: until it is lifted. */
  readonly expiresNs: number | undefined;
  /** Number of the rule that the kernel has carried out. Undefined: nobody's, or one of the policy before this one. */
  readonly rule: number | undefined;
  /** Without what still waits to be added: see DataPlane.countsOf(). */
  readonly packets: number;
  readonly bytes: number;
  /** Undefined: nothing came since it was added. */
  readonly lastSeenNs: number | undefined;
};

export type NewBlock = Pick<KernelBlock, 'prefix' | 'origin' | 'expiresNs'>;

export type Verdict = 'pass' | 'drop';
export type OutcomeCount = {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly packets: number;
  readonly bytes: number;
};
export type ProbeCount = { readonly protocol: Protocol; readonly kind: ProbeKind; readonly probes: number };
export type PortCount = { readonly protocol: Protocol; readonly port: number; readonly probes: number };
export type ListDrops = { readonly packets: number; readonly bytes: number };
export type LossCount = { readonly reason: string; readonly count: number };
export type TableFill = {
  readonly table: string;
  readonly entries: number;
  /** Undefined: as many as memory allows. */
  readonly capacity: number | undefined;
  /** Kernel memory that it takes now, with what stands before it. */
  readonly bytes: number;
};

export type XdpMode = 'native' | 'generic';
export type Attachment = {
  readonly interface: string;
  readonly ifindex: number;
  readonly mode: XdpMode;
  /** Why it is not native although `auto` would have liked it. */
  readonly fallback: string | undefined;
  /** Why the program goes with this process, however that ends. Undefined: it is pinned, and goes on when the process is killed or leaves it. */
  readonly unpinned: string | undefined;
  /** The sentry that is gone and whose program this one's has replaced. */
  readonly predecessor: Predecessor | undefined;
};

/** Of enforcement that nobody has confirmed: for how long it lasts, or, less than 0, since when it is over. */
export type TrialState = {
  readonly state: 'unconfirmed' | 'rolled_back';
  readonly leftNs: number;
};

export type Predecessor = {
  readonly pid: number;
  /** Its enforcement was on trial: blocks that it has made since then do not go on. Undefined: it was not, or it was confirmed. */
  readonly trial: TrialState | undefined;
  /** Its blocks that go on. */
  readonly blocks: number;
  /** Those that found no room. */
  readonly refused: number;
  /** Why its blocks do not go on. */
  readonly objection: string | undefined;
  /** Why what it knew of sources that were not blocked, and its counts, do not go on. */
  readonly forgotten: string | undefined;
  /** Why there was a moment without a program. */
  readonly gap: string | undefined;
};

/** Addresses of logins, each with the time of its last command in milliseconds of CLOCK_MONOTONIC. */
export type LoginStore = {
  all(): readonly { readonly prefix: Prefix; readonly lastMs: number }[];
  set(prefix: Prefix, lastMs: number): void;
  delete(prefix: Prefix): void;
};

/**
 * The XDP program and its tables, in the words of the controller. It decides nothing about scans, keeps no
 * reasons, guards nobody: what it is told to block it blocks.
 */
export interface DataPlane {
  /**
   * Begins to watch the interfaces: the tables hold from the first packet on. Takes the place of the program that a sentry before has
   * left, with the blocks that are in force; answers the interfaces that it has been taken off, because they are not watched any more.
   * Throws a SentryError.
   */
  attach(): readonly string[];
  /** Begins to watch one more interface, or one again that has gone; without effect on one that is watched. Throws a SentryError. */
  watch(name: string): void;
  /** Watches the interface no longer, or has no hope of it any more. */
  unwatch(name: string): void;
  /**
   * Puts enforcement on trial: after that time nothing is dropped and no rule of the kernel blocks, whether or not this process lives;
   * and blocks that are made from now on are not for the next sentry. Undefined: it is on no trial, or no longer.
   */
  enforceFor(durationMs: number | undefined): void;
  /** How it stands with that; undefined: it is on no trial. */
  readonly trial: TrialState | undefined;
  /** Of all interfaces that are watched, and of those that have gone. */
  readonly attachments: readonly Attachment[];
  /** Boot time now, the clock of every time here. */
  nowNs(): number;
  /** Adds a block, or renews the one that is there: its counts go on. */
  block(block: NewBlock): void;
  /** Takes a block away; false when there was none. */
  unblock(prefix: Prefix): boolean;
  readBlock(prefix: Prefix): KernelBlock | undefined;
  /** All that has come from the block's sources. */
  countsOf(block: KernelBlock): Pick<KernelBlock, 'packets' | 'bytes'>;
  /** Lets the kernel's rules begin anew with the source, which must have the length that sources have. */
  forget(source: Prefix): void;
  /** Every block, in no order. */
  blocks(): IterableIterator<KernelBlock>;
  /**
   * Puts lists in force, all of them at once in place of those before; nothing that both hold is let in meanwhile. The number of a
   * list is its place in the array; at most MAX_LISTS. Builds them on a thread, so that events go on being handled; resolves when
   * they are in force. Rejects with XS_ERR_LISTS_FULL and leaves the old ones in force. Calls must not overlap.
   */
  setLists(lists: readonly PrefixColumns[]): Promise<void>;
  /**
   * What lists have dropped, ever, by number (index = list number, as many as were set last). A number goes on counting when it gets
   * another list.
   */
  listDrops(): ListDrops[];
  outcomes(): OutcomeCount[];
  probes(): ProbeCount[];
  /** Ports that had probes. */
  portProbes(): PortCount[];
  losses(): LossCount[];
  tables(): Promise<TableFill[]>;
  /** Says which sources are never counted and never blocked from now on. */
  setIgnored(ignored: readonly Prefix[]): void;
  /**
   * Says which sources, by their text, hold a TCP connection to this host: the kernel's rules block none of them. They must have the
   * length that sources have.
   */
  setConnected(sources: ReadonlyMap<string, Prefix>): void;
  /** Says which ports are served from now on although no lookup finds a socket: forwarded ones, and those of SCTP. */
  setServed(ports: PortsByProtocol): void;
  /** What was said last, by this sentry or, until it has said something, by the one whose program it goes on from. */
  readServed(): PortsByProtocol;
  /**
   * Goes on by other options, with the tables that there are: a new program takes the place of the one at work in one step, so that each
   * packet meets either of them. Throws a SentryError: then the old one is at work everywhere.
   */
  renew(options: ProgramOptions): void;
  /** Says what is this host's own from now on: addresses that are never blocked, and where frames for it are sent to. */
  setOwn(own: OwnAddresses): void;
  /** Where people are logged in from: goes on with the program. */
  readonly logins: LoginStore;
  /** False before the interface is watched, and once it has gone. */
  isAttached(name: string): boolean;
  /** Asked now and then: false when sightings wait and none was handed over since the last time. */
  readsEvents(): boolean;
  /** True when another sentry's program does its work until `attach()`. */
  readonly isSuccessor: boolean;
  /** Lets the program go on without this process, for the next sentry to find; the same as `close()` when it is not pinned. */
  leave(): void;
  /** Detaches and leaves nothing behind, then hands over the sightings that wait in the ring buffer. May be called twice. */
  close(): void;
}
