/**
 * bpf-loader-native: libbpf for Node.js.
 *
 * Mechanism, not policy: objects, maps, programs, links, ring buffers and test runs, and two sockets that a daemon
 * needs and Node.js has not. Bytes go in and out as typed arrays in the machine's byte order; what they mean is the
 * caller's business.
 *
 * Every call is synchronous and short unless it returns a Promise. Every `close()` may be called twice.
 */

/** What every failed call throws. */
export interface BpfError extends Error {
  /** Symbolic errno: `'EPERM'`, `'EBUSY'`, `'ENOLINK'`, … or `'ERR_BPF_CLOSED'`. */
  readonly code: string;
  /** The errno (or libbpf's own number, from 4000), negative as in Node's system errors; 0 when it is neither. */
  readonly errno: number;
  /** What was being done: a libbpf function (`'bpf_object__load'`), a bpf(2) command or a system call (`'connect'`). */
  readonly syscall: string;
  /** What libbpf and the verifier printed during the call; empty when they said nothing. */
  readonly log: string;
  /** Of a batch that failed half-way: how many entries were written or deleted before. */
  readonly written?: number;
}

export type XdpMode = 'native' | 'generic';

export interface MapInfo {
  /** The kernel's: the first 15 characters. */
  readonly name: string;
  /** Kernel name of the type in lower case: `'hash'`, `'lru_hash'`, `'percpu_array'`, `'ringbuf'`, … */
  readonly type: string;
  readonly id: number;
  /** Bytes. */
  readonly keySize: number;
  /** Bytes of one value; of a per-CPU map, of one CPU's value. */
  readonly valueSize: number;
  /** Bytes that `get` returns: `valueSize`, or for per-CPU maps `possibleCpus() * roundUp(valueSize, 8)`. */
  readonly lookupSize: number;
  readonly maxEntries: number;
  readonly flags: number;
}

/** An ELF object: opened, then changed, then loaded once. */
export class BpfObject {
  private constructor();
  /** Opens and parses the file; nothing reaches the kernel yet. */
  static open(path: string): BpfObject;
  /** Overwrites a `const volatile` variable before load. `value` must have exactly the variable's size. */
  setTunable(name: string, value: Uint8Array): void;
  /** Changes a map's capacity before load. */
  setMaxEntries(mapName: string, maxEntries: number): void;
  /** ORs flags into a program's load flags before load, e.g. `PROGRAM_FLAG_XDP_HAS_FRAGS`. */
  addProgramFlags(programName: string, flags: number): void;
  /** Lets an already pinned map stand in for the object's own map of that name (before load). */
  reuseMap(mapName: string, map: BpfMap): void;
  /** Verifies and loads everything. A refusal carries the verifier's words in `log`. */
  load(): void;
  /** Names of all maps of the object. */
  mapNames(): string[];
  /** A handle of its own: it stays valid after the object is closed. */
  map(name: string): BpfMap;
  /** A handle of its own: it stays valid after the object is closed. */
  program(name: string): BpfProgram;
  close(): void;
}

export class BpfMap {
  private constructor();
  /**
   * Makes an empty map. `name`: 1 to 15 letters, digits, `'_'` and `'.'`. An array has keys of four bytes, and all its
   * entries from the start. `flags`: BPF_F_* of linux/bpf.h, e.g. `MAP_FLAG_INNER_MAP`.
   */
  static create(options: {
    type: 'array' | 'hash';
    name: string;
    keySize: number;
    valueSize: number;
    maxEntries: number;
    flags?: number;
  }): BpfMap;
  /** Opens a pinned map. */
  static openPinned(path: string): BpfMap;
  /**
   * Opens the map that a descriptor of this process stands for, e.g. one that another thread has opened. It must stay open
   * during the call, and may be closed afterwards. EBADF, and EINVAL: not a map.
   */
  static fromFd(fd: number): BpfMap;
  readonly info: MapInfo;
  /**
   * The value (a fresh array of `info.lookupSize` bytes), or undefined when the key is absent. Of an outer map, the
   * inner map's `info.id` in 32 bits.
   */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Writes `lookupSize` bytes. `mode`: `'any'` (default), `'create'` (EEXIST when there), `'update'` (ENOENT when not). */
  set(key: Uint8Array, value: Uint8Array, mode?: 'any' | 'create' | 'update'): void;
  /** True when the key was there. */
  delete(key: Uint8Array): boolean;
  /** All keys, one at a time; a map that changes meanwhile may repeat or miss some. */
  keys(): IterableIterator<Uint8Array>;
  /** The first key, or the one after `key`; undefined at the end. */
  nextKey(key?: Uint8Array): Uint8Array | undefined;
  /** Writes `count` entries that lie packed in `keys` and `values`. Returns how many were written. */
  updateBatch(keys: Uint8Array, values: Uint8Array, count: number): number;
  /**
   * Reads up to `count` entries into `keys` and `values`, from `cursor` on (undefined: from the start).
   * `cursor` of the answer is undefined at the end.
   */
  lookupBatch(
    keys: Uint8Array,
    values: Uint8Array,
    count: number,
    cursor?: Uint8Array,
  ): { count: number; cursor: Uint8Array | undefined };
  /** Deletes `count` packed keys; absent ones are passed over. Returns how many were there. */
  deleteBatch(keys: Uint8Array, count: number): number;
  /** Counts the entries of a hash-like map on a worker thread. */
  count(): Promise<number>;
  /**
   * Shares the memory of a map made with `BPF_F_MMAPABLE`, for reading and writing. Values lie
   * `roundUp(valueSize, 8)` bytes apart. The same ArrayBuffer at every call; it outlives `close()`.
   */
  mmap(): ArrayBuffer;
  /**
   * Puts `inner` into a slot of an outer map (`array_of_maps`, `hash_of_maps`) in one step, or empties the slot. On a
   * worker thread, since the kernel waits until no program uses the map that was there before. The slot holds the inner
   * map: it outlives its handle. Wait for one call before the next for the same slot: they may overtake each other.
   * EINVAL: not of the type, sizes and flags that the outer map was made for.
   */
  setInner(key: Uint8Array, inner: BpfMap | undefined): Promise<void>;
  /** The number of the descriptor, which is the handle's: good until `close()`. */
  fd(): number;
  pin(path: string): void;
  close(): void;
}

export interface TestRunOptions {
  /** The packet. For XDP at least 14 bytes. */
  data: Uint8Array;
  /** How often (default 1). */
  repeat?: number;
  /** `struct xdp_md` or whatever context the type takes. */
  context?: Uint8Array;
  /** E.g. `TEST_RUN_XDP_LIVE_FRAMES`; then no data comes back. */
  flags?: number;
  /** With live frames: packets a batch. */
  batchSize?: number;
}

export interface TestRunResult {
  /** The program's return value, e.g. an `XDP_*` verdict. */
  verdict: number;
  /** The packet afterwards; empty with live frames. */
  data: Uint8Array;
  /** Mean time of one run in nanoseconds, as the kernel measured it. */
  durationNs: number;
}

export interface TestRunEachOptions {
  /** The packets, one behind the other. */
  data: Uint8Array;
  /** Where each ends in `data`: 32 bits each, in the machine's byte order. */
  ends: Uint8Array;
  /** How many packets there are. */
  count: number;
  /** The packet to begin with (default 0). */
  first?: number;
  /** What is to be at `place` while a packet is looked at: `place.length` bytes for each packet. */
  notes?: Uint8Array;
  /** E.g. shared memory of a map (`mmap()`) or of the program's own variables (`.bss`). */
  place?: Uint8Array;
  /** What the program returns for each packet, its lowest eight bits, comes in here. */
  verdicts?: Uint8Array;
  /** A ring buffer map: the call ends after the packet for which the program has left a record there. */
  until?: BpfMap;
}

export class BpfProgram {
  private constructor();
  static openPinned(path: string): BpfProgram;
  /** The kernel's: the first 15 characters. */
  readonly name: string;
  readonly id: number;
  /** Instructions after the verifier's rewriting, and how many it walked to prove them (0 where the kernel does not tell). */
  readonly stats: { instructions: number; verifiedInstructions: number };
  testRun(options: TestRunOptions): TestRunResult;
  /** Runs once on each of many packets, in one call. Returns the number of the packet to go on with: `count` after the last one. */
  testRunEach(options: TestRunEachOptions): number;
  pin(path: string): void;
  close(): void;
}

export interface LinkInfo {
  readonly id: number;
  readonly programId: number;
  /** 0 once the interface has gone. */
  readonly ifindex: number;
}

/** A bpf_link. Without a pin the program is detached when the last handle is closed. */
export class BpfLink {
  private constructor();
  /** Attaches to an interface of the calling thread's network namespace. EBUSY when another program sits there. */
  static attachXdp(program: BpfProgram, ifindex: number, mode: XdpMode): BpfLink;
  static openPinned(path: string): BpfLink;
  info(): LinkInfo;
  /** Replaces the program atomically. With `expected`, only if that one is attached (EPERM otherwise). ENOLINK: the interface has gone. */
  update(program: BpfProgram, expected?: BpfProgram): void;
  pin(path: string): void;
  /** Takes the program off now, whatever pins there are. */
  detach(): void;
  close(): void;
}

/**
 * Reads fixed-size records from a BPF_MAP_TYPE_RINGBUF map on the event loop (no thread, no timer). `onBatch(count)` finds
 * `count` records packed in `buffer` and must copy what it keeps: the next batch overwrites them.
 * Open, it holds itself and, unless `unref()` was called, the process. What `onBatch` throws is an uncaught exception,
 * or comes out of `drain()` when that called it.
 */
export class RingBuffer {
  constructor(
    map: BpfMap,
    options: { recordSize: number; maxBatch: number },
    onBatch: (count: number) => void,
  );
  /** `recordSize * maxBatch` bytes, reused. */
  readonly buffer: ArrayBuffer;
  /** Records whose size was not `recordSize`: passed over, and counted here. */
  readonly oddRecords: number;
  /** Reads what is there now without waiting for the event loop; returns how many records were handed over. Not inside `onBatch` (EBUSY). */
  drain(): number;
  /** True when a record waits to be read. */
  hasRecords(): boolean;
  ref(): void;
  unref(): void;
  close(): void;
}

/**
 * A datagram socket of the Unix domain: what syslog's `/dev/log` is, and what Node.js has no way to send to. No call waits.
 * `path` has 1 to 107 bytes in UTF-8. `@name` is an abstract name, of which there is no file; a file that is called so is `./@name`.
 */
export class UnixDatagram {
  private constructor();
  /** A socket that sends to `path`. ENOENT: nothing is there; ECONNREFUSED: nobody holds it any more; EPROTOTYPE: it is a stream socket. */
  static open(path: string): UnixDatagram;
  /** A socket that receives at `path`, which it makes (its mode: the umask's) and does not remove. EADDRINUSE: there is a file already. */
  static bind(path: string): UnixDatagram;
  /**
   * Sends one datagram. EAGAIN: the receiver has no room now; EMSGSIZE: longer than this socket's send buffer;
   * ECONNREFUSED once, then ENOTCONN: the receiver has closed, and only another `open()` helps; ENOTCONN: this one is from `bind()`.
   */
  send(data: Uint8Array): void;
  /** The datagram that has waited longest, whole, in a fresh array; undefined when none waits. */
  receive(): Uint8Array | undefined;
  close(): void;
}

/** A connection that `TcpListener.accept()` has taken; it may have been reset or closed by its peer already. */
export interface AcceptedConnection {
  /** Non-blocking, and the caller's: to close, or to make a `net.Socket` of. */
  readonly fd: number;
  /** Of the peer: numeric, IPv4 as dotted text also where the socket is one of IPv6, without a zone. */
  readonly address: string;
  /** Of the peer. */
  readonly port: number;
  /** The address of this host that the peer connected to, written as `address` is. */
  readonly localAddress: string;
}

/**
 * A listening TCP socket that can tell of every connection who made it. Node.js's own accepts first and asks then, and of a
 * connection that was reset before, nobody answers. Open, it holds itself and, unless it is paused or `unref()` was
 * called, the process. What `onReadable` throws is an uncaught exception.
 */
export class TcpListener {
  private constructor();
  /**
   * Listens at a numeric address without a zone (`'::'`: IPv6 and IPv4) and a port (0: any that is free). At most `backlog`
   * connections wait to be accepted (default and limit: net.core.somaxconn). `onReadable` is called once in each turn of the
   * event loop that begins with somebody waiting. EADDRINUSE: somebody else listens there; EADDRNOTAVAIL: this host
   * has no such address; EAFNOSUPPORT: it has no IPv6.
   */
  static listen(
    options: { host: string; port: number; backlog?: number },
    onReadable: () => void,
  ): TcpListener;
  readonly port: number;
  /**
   * Takes the connection that has waited longest; undefined when none waits. After EMFILE, ENFILE, ENOBUFS and ENOMEM
   * it still waits; EINVAL: somebody has destroyed the listening socket itself.
   */
  accept(): AcceptedConnection | undefined;
  /** Until `resume()` connections wait, and `onReadable` is not called. */
  pause(): void;
  resume(): void;
  ref(): void;
  unref(): void;
  /** Connections that still wait are reset; those that were accepted go on. */
  close(): void;
}

export interface XdpQuery {
  /** Program ids by mode; 0 where none is attached. */
  readonly nativeId: number;
  readonly genericId: number;
  readonly offloadedId: number;
}

/** What sits on an interface's XDP hooks. ENODEV when there is no such interface in this network namespace. */
export function queryXdp(ifindex: number): XdpQuery;
/** Kernel name of a loaded program, or undefined when it is gone or may not be seen (needs CAP_SYS_ADMIN). */
export function programName(id: number): string | undefined;
/** Index of a network interface of this network namespace, or 0 when there is none of that name. */
export function interfaceIndex(name: string): number;
/**
 * An interface's hardware: its type (ARPHRD_* in linux/if_arp.h: 1 is Ethernet, 772 loopback) and the first six bytes of
 * its address. Undefined when there is none of that name.
 */
export function interfaceHardware(
  name: string,
): { readonly type: number; readonly address: Uint8Array } | undefined;
/** True when this kernel, with this process's capabilities, loads a program of that type (`'xdp'`). RangeError for a type libbpf has never heard of. */
export function supportsProgramType(type: string): boolean;
export function supportsMapType(type: string): boolean;
/** True when programs of that type may call the helper, given by its number in `enum bpf_func_id`. EPERM when this process may not try. */
export function supportsHelper(programType: string, helperId: number): boolean;
export function possibleCpus(): number;
/** CLOCK_BOOTTIME in nanoseconds: the clock of `bpf_ktime_get_boot_ns`. */
export function bootTimeNs(): bigint;
/**
 * Takes all capabilities but those of `keep` (bit N: number N in linux/capability.h) from the calling thread, and from whatever it
 * executes, which has no others again: of the bounding set, too, if it has CAP_SETPCAP. Without that, what root executes gets those of the
 * bounding set back, unless `setNoNewPrivileges()` was called. For all threads of a process: call `execve()` afterwards.
 */
export function limitCapabilities(keep: bigint): void;
/** PR_SET_NO_NEW_PRIVS, of the calling thread: nothing that it executes has more privileges than itself. There is no way back. */
export function setNoNewPrivileges(): void;
/**
 * Executes another program in the place of this process: its number, its standard streams and the privileges of the calling thread stay,
 * everything else ends here and now. Returns only by throwing. `environment`: `NAME=value` each.
 */
export function execve(path: string, args: readonly string[], environment: readonly string[]): never;
/** Who has connected to, or made, the other end of a Unix stream socket, as it was then. An id that has no name here is 65534. */
export function peerCredentials(fd: number): {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
};
/** Version of the libbpf in use, e.g. `'1.1'`. */
export function libbpfVersion(): string;

/** Of an array, for `BpfMap.create`: it may differ in `maxEntries` from the others that the slot takes. Since Linux 5.10. */
export const MAP_FLAG_INNER_MAP: number;
/** Of an array, for `BpfMap.create`: `mmap()` is possible. */
export const MAP_FLAG_MMAPABLE: number;
export const PROGRAM_FLAG_XDP_HAS_FRAGS: number;
export const TEST_RUN_XDP_LIVE_FRAMES: number;
